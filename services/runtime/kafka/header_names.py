"""Header names that are not UTF-8: Kafka takes them from a foreign producer, and aiokafka cannot read past them.

Its reader of records raises UnicodeDecodeError then, again and again at the same record, so that one such record stops
a partition for good. Here the rest of what was fetched is read once more, in Python, and each such name comes out with
its bytes as backslash escapes. Batches without such names go through aiokafka's own reader as before.
"""

from __future__ import annotations

from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy


class KeptRecords:
    """aiokafka's records of one partition and fetch, with the bytes that they are read from."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._records = MemoryRecords(data)
        self.has_next = self._records.has_next
        self.next_batch = self._records.next_batch
        self.size_in_bytes = self._records.size_in_bytes


class TolerantPartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """Goes on in Python where a header's name cannot be decoded."""

    def __init__(self, tp: Any, records: KeptRecords, aborted_transactions: Any, *arguments: Any) -> None:
        super().__init__(tp, records, aborted_transactions, *arguments)
        self._data = records.data
        self._aborted_at_first: list[tuple[int, int]] = list(self._aborted_transactions)

    def __next__(self) -> Any:
        """The next record."""
        try:
            return super().__next__()
        except UnicodeDecodeError:
            self._records = _EscapingRecords(self._data)
            self._aborted_transactions = list(self._aborted_at_first)
            self._aborted_producers: set[int] = set()
            # What was given out before is passed over by its offset.
            self._records_iterator = self._unpack_records()
            return super().__next__()


class _EscapingText(bytearray):
    """Bytes whose pieces decode to something in any case."""

    def __getitem__(self, key: Any) -> Any:
        piece = super().__getitem__(key)
        return _EscapingText(piece) if isinstance(key, slice) else piece

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        """What is not UTF-8 as backslash escapes."""
        return super().decode(encoding, errors)


class _EscapingBatch(_DefaultRecordBatchPy):  # type: ignore[misc]
    def __iter__(self) -> Any:
        batch = super().__iter__()
        self._buffer: bytearray = _EscapingText(self._buffer)
        return batch


class _EscapingRecords(_MemoryRecordsPy):  # type: ignore[misc]
    def next_batch(self, *_: int) -> Any:
        """The next batch; only the format of Kafka 0.11 and later has headers."""
        start, following = self._next_slice, super().next_batch()
        if start is None or start[self.MAGIC_OFFSET] < 2:
            return following
        return _EscapingBatch(start)


def read_any_header_name() -> None:
    """Let every consumer of this process read so; doing it twice changes nothing."""
    fetcher.MemoryRecords = KeptRecords
    fetcher.PartitionRecords = TolerantPartitionRecords
