"""The port that a stage implements: the processing of the records of one partition, with that partition's state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from services.outcomes import Outcome
from services.runtime.kafka.records import ConsumedRecord, OutputRecord

WriteState = Callable[[Path], None]
"""Function that writes a captured state into a folder."""


def do_nothing() -> None:
    """Do nothing: the default hook of a stage without state or without metrics of its own."""


@dataclass(frozen=True, slots=True)
class ProcessingResult:
    """The result of processing one record."""

    outcome: Outcome
    outputs: tuple[OutputRecord, ...] = ()
    log_fields: Mapping[str, object] = field(default_factory=dict)
    """Fields of the article's canonical log line."""
    ingested_at: datetime | None = None
    """Time at which the raw topic received the article; the freshness is measured from it."""
    update_state: Callable[[], None] = do_nothing
    """Hook that adds this record to the state. It is called when the outputs are certain to go into the transaction,
    and before the next record is processed. An exception in it ends the process, because the state and the log would
    differ from then on."""
    count_metrics: Callable[[], None] = do_nothing
    """Hook that counts the stage's own metrics. It is called when the transaction is committed."""


class PartitionProcessor(Protocol):
    """The processing of the records of one partition, with the state of that partition.

    All methods are synchronous. `process` does no input or output: it returns what must be written.
    """

    def begin_transaction(self) -> None:
        """Prepare for the records of the next transaction. Read here what must not change within a transaction."""

    def process(self, record: ConsumedRecord) -> ProcessingResult:
        """Process one record without changing the state.

        Raises PermanentError if the record can never be processed: it becomes a dead letter with the error's reason.
        A TransientError is retried. Any other exception makes the record a dead letter with the reason `unexpected`.
        """

    def close(self) -> None:
        """Discard the state: the partition is no longer assigned to this process."""

    def restore(self, records: Sequence[ConsumedRecord]) -> None:
        """Apply records of the state topic to the state.

        They arrive in log order. `process` is not called before `finish_restore` has returned.
        """

    def finish_restore(self) -> None:
        """Prepare the state for `process`: the state topic has been read to its end. Called in a thread.

        If the partition is assigned again later, `restore` and this method may be called again.
        """

    def snapshot(self) -> WriteState:
        """Capture the state as it is now, between two calls of `restore` or `process`, and return a writer for it.

        The lane waits while this method runs, so it must be fast. The returned function is called once, in a thread,
        while further records are processed. It creates files, and nothing else, in an empty folder; it raises OSError
        if that fails.
        """

    def load_snapshot(self, folder: Path) -> None:
        """Replace the empty state by the one that a snapshot wrote. Called in a thread, before any other method.

        Raises OSError or ValueError if the files cannot be read; the processor must not be used after that.
        """


class StatelessProcessor:
    """The state methods of `PartitionProcessor` for a stage that has no state."""

    def restore(self, records: Sequence[ConsumedRecord]) -> None:
        """Do nothing: there is no state."""

    def finish_restore(self) -> None:
        """Do nothing: there is no state."""

    def snapshot(self) -> WriteState:
        """Return a function that writes nothing."""
        return lambda _: None

    def load_snapshot(self, folder: Path) -> None:
        """Do nothing: there is no state."""
