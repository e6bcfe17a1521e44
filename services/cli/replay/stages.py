"""The services of a replay with its own topics: annotate, match and, with routing rules, sink, as processes."""

from __future__ import annotations

import asyncio
import math
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from aiokafka.structs import TopicPartition

from services.cli.console.progress import print_retry
from services.cli.kafka.connection import BOOTSTRAP
from services.contracts.topics import ANNOTATED, ENRICHED, RAW, TopicLayout
from services.errors import TransientError
from services.runtime.kafka.clients import open_admin
from services.runtime.kafka.lag import read_committed_positions
from services.runtime.kafka.state_log import open_state_log
from services.runtime.service.retries import RetryPolicy, retry
from services.runtime.service.settings import KafkaSettings, name_variable
from services.runtime.service.spawn import spawn, terminate

SHUTDOWN_SECONDS = 30.0
RETRIES = RetryPolicy(attempts=None, timeout=60.0, jitter=1.0)
"""Policy for reading the lag: on a new cluster, the first group has no coordinator for some seconds."""
POLL_SECONDS = 1.0
"""Seconds between two looks at the lag."""
REPORTED_IDLE = 30.0
"""Seconds without progress of a stage after which it is reported, and again after the same time."""
LIVE_PATIENCE = 300.0
"""Seconds for which a replay in place waits for an annotate that makes no progress. A stuck annotate stops after a
minute, and its supervisor starts it again."""


@dataclass(frozen=True, slots=True)
class ReplayedStage:
    """A stage that works on the replay."""

    name: str
    module: tuple[str, ...]
    group: str
    """Consumer group on the cluster."""
    topic: str
    """Input topic on the cluster."""
    partitions: int


def list_stages(environ: Mapping[str, str], target: TopicLayout, *, has_sink: bool) -> list[ReplayedStage]:
    """List the stages in their order. The groups are those of the settings, with the prefix of the replay."""

    def group(stage: str) -> str:
        return target.name(environ.get(name_variable(stage, "group"), f"copydesk-{stage}"))

    stages = [
        ReplayedStage(
            "annotate", ("services.processor", "annotate"), group("annotate"), target.name(RAW), target.partitions
        ),
        ReplayedStage(
            "match", ("services.processor", "match"), group("match"), target.name(ANNOTATED), target.shard_count
        ),
    ]
    if has_sink:
        stages.append(
            ReplayedStage("sink", ("services.sink",), group("sink"), target.name(ENRICHED), target.partitions)
        )
    return stages


class Backlog:
    """The records that wait for a stage."""

    def __init__(
        self,
        kafka: KafkaSettings,
        stage: ReplayedStage,
        *,
        report: Callable[[str], None],
        patience: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start to watch a stage.

        Args:
            kafka: Settings of the connection.
            stage: The stage.
            report: Function that is called with a line while records wait and the stage makes no progress.
            patience: Seconds without progress after which `count` raises.
            clock: Source of the time in seconds.
        """
        self._kafka = kafka
        self._stage = stage
        self._report = report
        self._patience = patience
        self._clock = clock
        self._positions: Mapping[TopicPartition, int] = {}
        self._moved_at = self._reported_at = clock()
        self._allowance = 0
        self._partitions = [TopicPartition(stage.topic, number) for number in range(stage.partitions)]

    async def count(self) -> int:
        """Return how many records wait, and 0 if none does. A transaction's marker between them counts as a record.

        Raises CopydeskError if Kafka does not answer within the time of RETRIES, or refuses, or if the stage has made
        no progress for too long.
        """
        waiting, positions = await retry(
            f"read the lag of {self._stage.name}", self._count, policy=RETRIES, report=print_retry
        )
        self._check_progress(waiting, positions)
        return waiting

    def _check_progress(self, waiting: int, positions: Mapping[TopicPartition, int]) -> None:
        now = self._clock()
        if not waiting or positions != self._positions:
            self._positions, self._moved_at = positions, now
        idle = now - self._moved_at
        if idle < REPORTED_IDLE:
            return
        line = f"{waiting:,} records wait for {self._stage.name}, which has made no progress for {idle:.0f} s"
        if idle >= self._patience:
            raise TransientError(f"{line}; see why {self._stage.name} does not work, then run the command again")
        if now - self._reported_at >= REPORTED_IDLE:
            self._reported_at = now
            self._report(line)

    async def _count(self) -> tuple[int, Mapping[TopicPartition, int]]:
        total = 0
        positions = await self._read_positions()
        for partition, position in positions.items():
            async with open_state_log(self._kafka, partition) as log:
                # The committed offset never passes a marker at the end.
                if (first := await log.find_first(position)) is not None:
                    total += log.end - first.offset
        return total, positions

    async def admit(self, records: int, *, limit: int) -> None:
        """Wait until so many more records may be written without more than `limit` waiting.

        Kafka is asked only when what it allowed the last time is used up.
        """
        while self._allowance < records:
            waiting = await self.count()
            # A batch larger than the limit is admitted when nothing waits.
            self._allowance = max(limit - waiting, 0 if waiting else records)
            if self._allowance < records:
                await asyncio.sleep(POLL_SECONDS)
        self._allowance -= records

    async def _read_positions(self) -> Mapping[TopicPartition, int]:
        async with open_admin(self._kafka, client_id="copydesk-replay-lag") as admin:
            return await read_committed_positions(admin, self._kafka, self._stage.group, self._partitions)


class RunningStages:
    """The processes of a replay."""

    def __init__(self, processes: Mapping[str, subprocess.Popen[bytes]], log: Path) -> None:
        self._processes = processes
        self._log = log

    def check(self) -> None:
        """Raise TransientError if a process has ended."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise TransientError(f"{name} of the replay ended with exit code {process.returncode}; see {self._log}")


@asynccontextmanager
async def run_stages(
    stages: list[ReplayedStage],
    environ: Mapping[str, str],
    servers: str,
    target: TopicLayout,
    *,
    log: Path,
    niceness: int,
) -> AsyncIterator[RunningStages]:
    """Run the stages until the block ends. Their settings are those of the environment.

    `niceness` is from 0 to 19: with 19, live services on the same machine get the processor first (see nice(1)).
    """
    own = {
        BOOTSTRAP: servers,
        name_variable("topics", "prefix"): target.prefix,
        name_variable("topics", "partitions"): str(target.partitions),
        name_variable("telemetry", "log_format"): "json",
        name_variable("telemetry", "port"): "0",
        # A service that returns under its old name gets its partitions at once (KIP-345).
        name_variable("kafka", "instance"): "replay",
    }
    # A snapshot folder belongs to the deployment's own match.
    others = {name: value for name, value in environ.items() if name != name_variable("match", "snapshot", "folder")}
    with log.open("ab") as output:
        processes = {stage.name: _start(stage, {**others, **own}, output, niceness) for stage in stages}
        try:
            yield RunningStages(processes, log)
        finally:
            for process in processes.values():
                await asyncio.to_thread(terminate, process, deadline=SHUTDOWN_SECONDS)


def _start(
    stage: ReplayedStage, environ: Mapping[str, str], output: IO[bytes], niceness: int
) -> subprocess.Popen[bytes]:
    command = ["nice", "-n", str(niceness), sys.executable, "-m", *stage.module]
    return spawn(command, environ=environ, output=output.fileno())
