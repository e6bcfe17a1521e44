"""A stage for testing the lane itself: its state is a hash chain, so that one record lost, doubled or out of order
changes everything after it.

`python -m tests.integration.chain_stage PLAN` with a JSON object of Chain's fields. The records command what happens:
`raise`, `permanent`, `transient`, `huge`, `sleep 0.2`; all others are taken into the chain.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from services.contracts.topics import MAX_RECORD_BYTES, Topic, dead_letter_topic
from services.errors import PermanentError, TransientError
from services.outcomes import Outcome, Reason, Stage
from services.runtime.kafka.records import Output, SourceRecord
from services.runtime.lanes.ports import ProcessingResult, WriteState
from services.runtime.lanes.stage import run_stage
from services.runtime.lanes.stage_plan import LaneSettings, SnapshotSettings, StagePlan, StatePlan
from services.runtime.service.lifecycle import run_service
from services.runtime.service.logs import configure_logging
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import ServiceSettings, load_settings

DUMP_SECONDS = 0.2
"""That writing a snapshot takes."""


class Chain(BaseModel):
    """Which topics, and how."""

    model_config = ConfigDict(frozen=True)

    name: str
    """Of the input topic; the others are named after it."""
    partitions: int = 1
    input_is_transactional: bool = False
    transaction_records: int = 50
    unexpected_limit: int = 10
    restore_seconds: float = 0.0
    """That taking one record of the state back in takes."""
    snapshots: str = ""
    """Folder for snapshots, which are then made all the time, slowly."""
    snapshot_records: int = 1

    @property
    def output(self) -> str:
        return f"{self.name}.out"

    @property
    def state(self) -> str:
        return f"{self.name}.state"

    @property
    def checkpoints(self) -> str:
        return f"{self.name}.checkpoints"

    def declare(self) -> list[Topic]:
        """All topics."""
        large = {"max.message.bytes": str(MAX_RECORD_BYTES)}
        return [
            Topic(self.name, self.partitions, large),
            Topic(self.output, self.partitions),
            Topic(self.state, self.partitions, {"cleanup.policy": "compact"}),
            Topic(self.checkpoints, self.partitions, {"cleanup.policy": "compact"}),
            Topic(dead_letter_topic(self.name), 1, large),
        ]


class ChainProcessor:
    """The chain of one partition: each link is the hash of the one before and of the record's value."""

    def __init__(self, chain: Chain, partition: int) -> None:
        self._chain = chain
        self._partition = partition
        self._link = ""
        self._failures = 0

    def restore(self, records: Sequence[SourceRecord]) -> None:
        for record in records:
            time.sleep(self._chain.restore_seconds)
            self._link = (record.value or b"").decode()

    def finish_restore(self) -> None:
        """There is nothing to do."""

    def snapshot(self) -> WriteState:
        link = self._link

        def dump(folder: Path) -> None:
            # The state is half written for most of the time, as a large one would be.
            with (folder / "link").open("w", buffering=1) as file:
                for letter in link:
                    file.write(letter)
                    file.flush()
                    time.sleep(DUMP_SECONDS / len(link))

        return dump

    def load_snapshot(self, folder: Path) -> None:
        self._link = (folder / "link").read_text()

    def process(self, record: SourceRecord) -> ProcessingResult:
        command, _, argument = (record.value or b"").decode().partition(" ")
        value = record.value
        if command == "raise":
            raise RuntimeError("the record said so")
        if command == "permanent":
            raise PermanentError("the record said so", reason=Reason.INVALID_ARTICLE)
        if command == "transient" and self._failures < int(argument):
            self._failures += 1
            raise TransientError("the record said so")
        if command == "huge":
            value = bytes(MAX_RECORD_BYTES + 1)
        if command == "sleep":
            time.sleep(float(argument))
        link = extend(self._link, record.value or b"")
        return ProcessingResult(
            Outcome.ENRICHED,
            outputs=(
                Output(self._chain.state, str(record.offset).encode(), link.encode(), partition=self._partition),
                Output(
                    self._chain.output, record.key, value, (*record.headers, ("link", link.encode())),
                    self._partition, record.timestamp,
                ),
            ),
            log_fields={"link": link},
            update_state=partial(self._keep, link),
        )  # fmt: skip

    def close(self) -> None:
        self._link = ""

    def _keep(self, link: str) -> None:
        self._link = link


def extend(link: str, value: bytes) -> str:
    """The next link."""
    return hashlib.blake2b(link.encode() + b"|" + value, digest_size=16).hexdigest()


def main() -> int:
    """Run the stage; returns the exit code."""
    chain = Chain.model_validate_json(sys.argv[1])
    settings = load_settings(ServiceSettings, os.environ)
    configure_logging(settings.telemetry, "chain")
    metrics = Metrics("chain")
    plan = StagePlan(
        Stage.MATCH,
        chain.name,
        (chain.output, chain.state),
        chain.checkpoints,
        chain.input_is_transactional,
        lambda partition: ChainProcessor(chain, partition),
        StatePlan(
            chain.state,
            identity={"chain": "1"},
            snapshots=SnapshotSettings(folder=chain.snapshots or None, interval=0, records=chain.snapshot_records),
        ),
    )
    lanes = LaneSettings(
        group=f"{chain.name}-group",
        transaction_records=chain.transaction_records,
        unexpected_limit=chain.unexpected_limit,
    )
    return run_service(
        lambda stopping: run_stage(plan, settings, lanes, chain.declare(), metrics, stopping),
        shutdown_deadline=settings.lifecycle.shutdown_deadline,
    )


if __name__ == "__main__":
    sys.exit(main())
