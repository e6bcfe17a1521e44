"""What a stage gives to its lanes: the work on one record, and the plan that says from where to where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pydantic import Field

from services.outcomes import Outcome, Stage
from services.runtime.dead_letters import Output, SourceRecord
from services.runtime.settings import Section


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

    def restore(self, record: SourceRecord) -> None:
        """Take one record of the state topic back in; they come in log order, before any other call."""

    def handle(self, record: SourceRecord) -> Handled:
        """Work on one record and change nothing yet.

        Raises PermanentError when the record will never succeed: it goes to the dead letters with that reason. Any
        other exception sends it there as `unexpected`; TransientError is tried again.
        """

    def close(self) -> None:
        """The partition has gone: forget its state."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One stage that works in lanes."""

    stage: Stage
    topic: str
    """What it reads."""
    input_is_transactional: bool
    """Whether the input is written in transactions: their markers take offsets, so that gaps are no surprise."""
    open_work: Callable[[int], Work]
    """Makes the work for a partition, with empty state."""
    state_topic: str | None = None
    """A compacted topic, partitioned as the input, in whose log the state of a partition stands."""


class LaneSettings(Section):
    """What every stage that works in lanes can be told."""

    group: str
    """Consumer group, and the first part of the transactional ids: two deployments on one Kafka need two."""
    transaction_records: int = Field(default=500, ge=1, le=10_000)
    """Records of a partition that go in one transaction at most: more is a little faster and takes longer to repeat."""
    unexpected_limit: int = Field(default=10, ge=1)
    """Records in a row that may fail for an unforeseen reason, and go to the dead letters, before the process stops:
    a bug must not drain a topic."""
