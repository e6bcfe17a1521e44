"""A partition's work together with how far in the state log its state stands."""

from __future__ import annotations

from collections.abc import Sequence

from services.runtime.kafka.producer import Placed
from services.runtime.kafka.records import SourceRecord
from services.runtime.kafka.state_log import Mark
from services.runtime.lanes.ports import PartitionProcessor


class Replica:
    """State that is exactly what the committed records of a log up to and with `mark` make of an empty one.

    That holds whoever else wrote meanwhile, because a committed record of a log never changes: so a replica may be
    put away, in memory while the partition is gone or in a snapshot, by an owner or by one that is fenced and does not
    know it, and be brought up to date later by reading on from its mark. It depends on three things. Records are taken
    only from a read_committed log or after the transaction that wrote them is committed: between two transactions, on
    the lane's own task. The log is known again by the record at the mark, its bytes included. And when the log has lost
    that record, the replica is not used: what followed it may be lost too.
    """

    def __init__(self, work: PartitionProcessor, mark: Mark | None = None) -> None:
        self.processor = work
        self.mark = mark
        """The last record taken; None while that is none, or unknown."""
        self.records_since_snapshot = 0
        """Records taken since the state was last written to a snapshot, or read from one."""

    def take(self, records: Sequence[SourceRecord]) -> None:
        """Take records of the log in, the next ones after the mark."""
        self.processor.restore(records)
        last = records[-1]
        self.mark = Mark.of(last.offset, last.key, last.value)
        self.records_since_snapshot += len(records)

    def follow(self, written: Sequence[Placed]) -> None:
        """Note records that the state knows already, now that their transaction is committed.

        Where the broker did not say their place nobody knows how far the state stands until the next transaction.
        """
        if not written:
            return
        last = written[-1]
        self.mark = Mark.of(last.offset, last.output.key, last.output.value) if last.offset >= 0 else None
        self.records_since_snapshot += len(written)
