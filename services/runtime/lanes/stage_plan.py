"""What a stage gives to its lanes: the work on one record, and the plan that says from where to where."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pydantic import Field, field_validator

from services.contracts.topics import dead_letter_topic
from services.outcomes import Outcome, Stage
from services.runtime.kafka.records import Output, SourceRecord
from services.runtime.service.settings import KafkaSettings, Section

Dump = Callable[[Path], None]
"""Writes a state that was frozen into a folder."""


def do_nothing() -> None:
    """For work that has no state or nothing of its own to count."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What the work made of one record."""

    outcome: Outcome
    outputs: tuple[Output, ...] = ()
    line: Mapping[str, object] = field(default_factory=dict)
    """Fields of the article's canonical log line."""
    ingested_at: datetime | None = None
    """When the raw topic took the article; what freshness is measured from."""
    keep: Callable[[], None] = do_nothing
    """Changes the state so that it knows this record. Called once the outputs are sure to go into the transaction and
    before the next record is handled; an exception in it ends the process, because state and log would part."""
    count: Callable[[], None] = do_nothing
    """Counts what is the stage's own. Called when the transaction is committed."""


class Work(Protocol):
    """The work on the records of one partition, with the state of that partition.

    Synchronous and without input or output: what it wants written, it returns.
    """

    def handle(self, record: SourceRecord) -> Handled:
        """Work on one record and change nothing yet.

        Raises PermanentError when the record will never succeed: it goes to the dead letters with that reason. Any
        other exception sends it there as `unexpected`; TransientError is tried again.
        """

    def close(self) -> None:
        """The partition has gone: forget its state."""

    def restore(self, records: Sequence[SourceRecord]) -> None:
        """Take records of the state topic in; they come in log order, and none while there is work."""

    def settle(self) -> None:
        """All of the state topic is taken in: make the state fit for work. Called in a thread.

        More may be restored later, if the partition comes back; then it is called again.
        """

    def freeze(self) -> Dump:
        """The state as it is now, settled or not, to be written by the function that is returned.

        That one is called once, in a thread, while work goes on; it puts files, and nothing else, into an empty folder,
        and raises OSError when it cannot. Freezing holds all work up.
        """

    def thaw(self, folder: Path) -> None:
        """Become the state that was written into the folder. Called in a thread, before any other call.

        Raises OSError or ValueError when that cannot be; the object is of no use then.
        """


class Stateless:
    """The part of `Work` that has to do with state, for work that has none."""

    def restore(self, records: Sequence[SourceRecord]) -> None:
        """There is nothing to restore."""

    def settle(self) -> None:
        """There is nothing to do."""

    def freeze(self) -> Dump:
        """There is nothing to write."""
        return lambda _: None

    def thaw(self, folder: Path) -> None:
        """There is nothing to read."""


class SnapshotSettings(Section):
    """Copies of a lane's state on the local disk, from which a restart is quicker; the log stays the truth."""

    folder: Path | None = None
    """Where they lie; none are made when empty. What is in it may be lost or deleted at any time."""
    interval: float = Field(default=300.0, ge=0)
    """Seconds between two of a partition at least; each is written in full."""
    records: int = Field(default=10_000, ge=1)
    """Records that must have come since the last one: fewer are read back in a second."""

    @field_validator("folder", mode="before")
    @classmethod
    def _take_empty_as_none(cls, value: object) -> object:
        return None if value == "" else value


@dataclass(frozen=True, slots=True)
class StatePlan:
    """Where the state of a stage stands."""

    topic: str
    """A compacted topic, partitioned as the input, written by this stage's lanes alone."""
    identity: Mapping[str, str]
    """All that a snapshot of the state depends on beside the log, such as parameters: with another, it is refused."""
    snapshots: SnapshotSettings
    """Whether and where snapshots are kept."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One stage that works in lanes."""

    stage: Stage
    topic: str
    """What it reads."""
    outputs: tuple[str, ...]
    """All topics that the work writes to."""
    checkpoints: str
    """A compacted topic, partitioned as the input, on which lanes keep how far they came."""
    input_is_transactional: bool
    """Whether the input is written in transactions: their markers take offsets, so that gaps are no surprise."""
    open_work: Callable[[int], Work]
    """Makes the work for a partition, with empty state."""
    state: StatePlan | None = None
    """None for work without state."""
    check: Callable[[KafkaSettings], Awaitable[None]] | None = None
    """Called once the topics are there and before anything is read. Raises ConfigurationError when work would harm."""

    @property
    def written(self) -> tuple[str, ...]:
        """All topics that a lane writes to: the outputs, the dead letters and the checkpoints."""
        return (*self.outputs, dead_letter_topic(self.topic), self.checkpoints)

    @property
    def snapshot_folder(self) -> Path | None:
        """Where snapshots of the state are kept; None when none are."""
        return self.state.snapshots.folder if self.state is not None else None


class LaneSettings(Section):
    """What every stage that works in lanes can be told."""

    group: str
    """Consumer group, and the first part of the transactional ids: two deployments on one Kafka need two."""
    transaction_records: int = Field(default=500, ge=1, le=10_000)
    """Records of a partition that go in one transaction at most: more is a little faster and takes longer to repeat."""
    unexpected_limit: int = Field(default=10, ge=1)
    """Records in a row that may fail for an unforeseen reason, and go to the dead letters, before the process stops:
    a bug must not drain a topic."""
