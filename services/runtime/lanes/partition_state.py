"""The state of a partition, together with the last record of the state topic that it contains."""

from __future__ import annotations

from collections.abc import Sequence

from services.runtime.kafka.producer import WrittenRecord
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.kafka.state_log import LogMark
from services.runtime.lanes.ports import PartitionProcessor


class Replica:
    """A processor whose state is the result of applying the committed records of a log, up to the mark, in order.

    This holds no matter which process wrote the records, because a committed record never changes. So an owner of the
    partition may keep its replica, in memory or in a snapshot, while another process owns the partition, and later
    update it by reading the log from the mark on. Even a fenced owner that does not know of its fencing may do this.

    It depends on three conditions:

    * Records are applied only if they come from a read_committed log, or after the transaction that wrote them is
      committed: between two transactions, on the lane's own task.
    * The log is identified by the record at the mark, including its bytes.
    * If the log no longer has that record, the replica is discarded: later records may be lost, too.
    """

    def __init__(self, processor: PartitionProcessor, mark: LogMark | None = None) -> None:
        self.processor = processor
        self.mark = mark
        """Last record that the state contains; None if the state is empty or the record's offset is unknown."""
        self.records_since_snapshot = 0
        """Number of records applied since the state was last written to a snapshot or loaded from one."""

    def apply(self, records: Sequence[ConsumedRecord]) -> None:
        """Apply records of the log to the state: the ones that follow the mark, in log order."""
        self.processor.restore(records)
        last = records[-1]
        self.mark = LogMark.of(last.offset, last.key, last.value)
        self.records_since_snapshot += len(records)

    def advance(self, written: Sequence[WrittenRecord]) -> None:
        """Move the mark over records that the state already contains, because their transaction is now committed.

        If the broker did not return the offset of the last one, the mark is unknown until the next transaction.
        """
        if not written:
            return
        last = written[-1]
        self.mark = LogMark.of(last.offset, last.output.key, last.output.value) if last.offset >= 0 else None
        self.records_since_snapshot += len(written)
