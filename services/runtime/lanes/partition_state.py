"""The state of a partition, together with the last record of the state topic that it contains."""

from __future__ import annotations

from collections.abc import Sequence

from services.runtime.kafka.producer import WrittenRecord
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.kafka.state_log import RecordFingerprint
from services.runtime.lanes.ports import PartitionProcessor


class PartitionState:
    """The state of a partition: the result of applying the committed records of a log, in order, up to `last_record`.

    The state is the same no matter which process wrote the records, because a committed record never changes. So an
    owner of the partition may keep its state, in memory or in a snapshot, while another process owns the partition, and
    later update it by reading the log from the last record on. Even a fenced owner that does not know of its fencing
    may do this.

    It depends on three conditions:

    * Records are applied only if they come from a read_committed log, or after the transaction that wrote them is
      committed: between two transactions, on the lane's own task.
    * The log is identified by the last record, including its bytes.
    * If the log no longer has that record, the state is discarded: later records may be lost, too.
    """

    def __init__(self, processor: PartitionProcessor, last_record: RecordFingerprint | None = None) -> None:
        self.processor = processor
        self.last_record = last_record
        """Fingerprint of the last record in the state; None if the state is empty or that record's offset is
        unknown."""
        self.records_since_snapshot = 0
        """Number of records applied since the state was last written to a snapshot or loaded from one."""

    def apply(self, records: Sequence[ConsumedRecord]) -> None:
        """Apply the records that follow the last record of the state, in log order."""
        self.processor.restore(records)
        last = records[-1]
        self.last_record = RecordFingerprint.of(last.offset, last.key, last.value)
        self.records_since_snapshot += len(records)

    def advance(self, written: Sequence[WrittenRecord]) -> None:
        """Move `last_record` over records that the state already contains: their transaction is now committed.

        If the broker did not return the offset of the last one, `last_record` is None until the next transaction.
        """
        if not written:
            return
        last = written[-1]
        self.last_record = (
            RecordFingerprint.of(last.offset, last.output.key, last.output.value) if last.offset >= 0 else None
        )
        self.records_since_snapshot += len(written)
