"""The plan of a stage that runs in lanes, and the settings that all such stages share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, field_validator

from services.contracts.topics import dead_letter_topic
from services.outcomes import Stage
from services.runtime.kafka.stage_process import Check
from services.runtime.lanes.ports import PartitionProcessor
from services.runtime.service.settings import Section


class SnapshotSettings(Section):
    """Snapshots of a lane's state on the local disk. They make a restart faster; the state topic remains the truth."""

    folder: Path | None = None
    """Folder of the snapshots; empty writes none. Its content may be deleted at any time."""
    interval: float = Field(default=300.0, ge=0)
    """Minimum seconds between two snapshots of a partition; each one is written in full."""
    records: int = Field(default=10_000, ge=1)
    """Minimum number of new records since the last snapshot; fewer are read back from the log within a second."""

    @field_validator("folder", mode="before")
    @classmethod
    def _read_empty_as_none(cls, value: object) -> object:
        return None if value == "" else value


@dataclass(frozen=True, slots=True)
class StatePlan:
    """The topic and the snapshots of a stage's state."""

    topic: str
    """Compacted topic with the same partitions as the input; only this stage's lanes write to it."""
    identity: Mapping[str, str]
    """Everything besides the log that a snapshot depends on, such as parameters. A snapshot with another identity is
    rejected."""
    snapshots: SnapshotSettings
    """Settings that say whether and where snapshots are written."""


@dataclass(frozen=True, slots=True)
class StagePlan:
    """The description of one stage that runs in lanes."""

    stage: Stage
    topic: str
    """Input topic."""
    list_outputs: Callable[[], tuple[str, ...]]
    """Function that lists all topics that the stage's processors may write to. The list may grow later."""
    checkpoint_topic: str
    """Compacted topic with the same partitions as the input, where each lane records the offsets it has processed."""
    input_is_transactional: bool
    """True if all of the input is written in transactions. Their markers have offsets too, so small gaps are normal and
    are not compared with the log. A comparison opens a reader, which costs too much for each transaction."""
    build_processor: Callable[[int], PartitionProcessor]
    """Function that builds the processor of a partition, with an empty state."""
    state: StatePlan | None = None
    """State of the stage; None for a stage without state."""
    check: Check | None = None
    """Check that runs when the topics exist and before any record is read. It raises ConfigurationError if running the
    stage would do damage."""

    def list_written_topics(self) -> tuple[str, ...]:
        """List all topics that a lane may write to now: the outputs, the dead letters and the checkpoints."""
        return (*self.list_outputs(), dead_letter_topic(self.topic), self.checkpoint_topic)

    @property
    def snapshot_folder(self) -> Path | None:
        """Root folder of the snapshots; None if the stage writes none."""
        return self.state.snapshots.folder if self.state is not None else None


class LaneSettings(Section):
    """Settings that every stage in lanes has."""

    group: str
    """Consumer group, and the first part of the transactional ids. The prefix of the topics precedes it."""
    transaction_records: int = Field(default=500, ge=1, le=10_000)
    """Maximum number of records of a partition in one transaction. A larger transaction is slightly faster, and takes
    longer to repeat."""
    unexpected_limit: int = Field(default=10, ge=1)
    """Maximum number of consecutive records that become dead letters for an unexpected reason; then the process stops,
    so that a bug cannot move a whole topic to the dead letters."""
