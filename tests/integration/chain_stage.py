"""A stage for testing lanes. Its state is a hash chain.

One record that is lost, repeated or out of order changes every later link of the chain.

Run it as `python -m tests.integration.chain_stage PLAN`, where PLAN is a JSON object of Chain's fields. The value of a
record may be a command: `raise`, `permanent`, `transient N` (fails N times), `huge` or `sleep SECONDS`. Every record
that does not fail becomes a link of the chain.
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
from services.runtime.kafka.records import ConsumedRecord, OutputRecord
from services.runtime.lanes.ports import ProcessingResult, WriteState
from services.runtime.lanes.run_lanes import run_stage
from services.runtime.lanes.stage_plan import LaneSettings, SnapshotSettings, StagePlan, StatePlan
from services.runtime.service.lifecycle import run_service
from services.runtime.service.logs import configure_logging
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import ServiceSettings, load_settings

DUMP_SECONDS = 0.2
"""Seconds that writing a snapshot takes."""


class Chain(BaseModel):
    """The settings of the stage."""

    model_config = ConfigDict(frozen=True)

    name: str
    """Name of the input topic; the names of the other topics start with it."""
    partitions: int = 1
    input_is_transactional: bool = False
    transaction_records: int = 50
    unexpected_limit: int = 10
    restore_seconds: float = 0.0
    """Seconds that restoring one record of the state takes."""
    snapshots: str = ""
    """Folder for snapshots, which are then written slowly and without a pause; empty writes none."""
    snapshot_records: int = 1

    @property
    def output(self) -> str:
        """Output topic."""
        return f"{self.name}.out"

    @property
    def state(self) -> str:
        """State topic."""
        return f"{self.name}.state"

    @property
    def checkpoints(self) -> str:
        """Checkpoint topic."""
        return f"{self.name}.checkpoints"

    def declare(self) -> list[Topic]:
        """List all topics of the stage."""
        large = {"max.message.bytes": str(MAX_RECORD_BYTES)}
        return [
            Topic(self.name, self.partitions, large),
            Topic(self.output, self.partitions),
            Topic(self.state, self.partitions, {"cleanup.policy": "compact"}),
            Topic(self.checkpoints, self.partitions, {"cleanup.policy": "compact"}),
            Topic(dead_letter_topic(self.name), 1, large),
        ]


class ChainProcessor:
    """The chain of one partition: each link is the hash of the previous link and the record's value."""

    def __init__(self, chain: Chain, partition: int) -> None:
        self._chain = chain
        self._partition = partition
        self._link = ""
        self._failures = 0

    def restore(self, records: Sequence[ConsumedRecord]) -> None:
        """Restore the link of the last record."""
        for record in records:
            time.sleep(self._chain.restore_seconds)
            self._link = (record.value or b"").decode()

    def finish_restore(self) -> None:
        """Do nothing."""

    def snapshot(self) -> WriteState:
        """Capture the link; writing it is slow."""
        link = self._link

        def write(folder: Path) -> None:
            # The state is incomplete for most of the time, as a large one would be.
            with (folder / "link").open("w", buffering=1) as file:
                for letter in link:
                    file.write(letter)
                    file.flush()
                    time.sleep(DUMP_SECONDS / len(link))

        return write

    def load_snapshot(self, folder: Path) -> None:
        """Read the link."""
        self._link = (folder / "link").read_text()

    def begin_transaction(self) -> None:
        """Do nothing: nothing changes."""

    def process(self, record: ConsumedRecord) -> ProcessingResult:
        """Add a link, or do what the record's value says."""
        command, _, argument = (record.value or b"").decode().partition(" ")
        value = record.value
        if command == "raise":
            raise RuntimeError("the record asked for this failure")
        if command == "permanent":
            raise PermanentError("the record asked for this failure", reason=Reason.INVALID_ARTICLE)
        if command == "transient" and self._failures < int(argument):
            self._failures += 1
            raise TransientError("the record asked for this failure")
        if command == "huge":
            value = bytes(MAX_RECORD_BYTES + 1)
        if command == "sleep":
            time.sleep(float(argument))
        link = extend(self._link, record.value or b"")
        return ProcessingResult(
            Outcome.ENRICHED,
            outputs=(
                OutputRecord(self._chain.state, str(record.offset).encode(), link.encode(), partition=self._partition),
                OutputRecord(
                    self._chain.output, record.key, value, (*record.headers, ("link", link.encode())),
                    self._partition, record.timestamp,
                ),
            ),
            log_fields={"link": link},
            update_state=partial(self._set_link, link),
        )  # fmt: skip

    def close(self) -> None:
        """Forget the link."""
        self._link = ""

    def _set_link(self, link: str) -> None:
        self._link = link


def extend(link: str, value: bytes) -> str:
    """Compute the next link."""
    return hashlib.blake2b(link.encode() + b"|" + value, digest_size=16).hexdigest()


def main() -> int:
    """Run the stage; return the exit code."""
    chain = Chain.model_validate_json(sys.argv[1])
    settings = load_settings(ServiceSettings, os.environ)
    configure_logging(settings.telemetry, "chain")
    metrics = Metrics("chain")
    plan = StagePlan(
        Stage.MATCH,
        chain.name,
        lambda: (chain.output, chain.state),
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
