"""Reader of records whose header names are not UTF-8, which Kafka stores and aiokafka cannot decode.

aiokafka raises UnicodeDecodeError at a record of this kind, and again at each later attempt, so that one record from a
foreign producer blocks its partition. Here the fetched bytes are read a second time in Python, and each byte of a name
that is not UTF-8 becomes a backslash escape. A fetch without such names goes through aiokafka's own reader as before.
"""

from __future__ import annotations

from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy

FIRST_MAGIC_WITH_HEADERS = 2
"""Version of the record format since which records have headers (Kafka 0.11, KIP-82)."""


class RecordsWithBytes:
    """aiokafka's records of one partition and fetch, with the bytes that they are read from."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._records = MemoryRecords(data)
        self.has_next = self._records.has_next
        self.next_batch = self._records.next_batch
        self.size_in_bytes = self._records.size_in_bytes


class TolerantPartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """Iterator over the records of a fetch that continues in Python when a header name cannot be decoded."""

    def __init__(self, tp: Any, records: RecordsWithBytes, aborted_transactions: Any, *arguments: Any) -> None:
        super().__init__(tp, records, aborted_transactions, *arguments)
        self._data = records.data
        self._aborted_at_start: list[tuple[int, int]] = list(self._aborted_transactions)

    def __next__(self) -> Any:
        """Return the next record."""
        try:
            return super().__next__()
        except UnicodeDecodeError:
            self._records = _EscapingRecords(self._data)
            self._aborted_transactions = list(self._aborted_at_start)
            self._aborted_producers: set[int] = set()
            # Records that were returned before are skipped by their offset.
            self._records_iterator = self._unpack_records()
            return super().__next__()


class _EscapingText(bytearray):
    """Bytes whose slices decode without an error."""

    def __getitem__(self, key: Any) -> Any:
        piece = super().__getitem__(key)
        return _EscapingText(piece) if isinstance(key, slice) else piece

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        """Decode the bytes; each byte that is not UTF-8 becomes a backslash escape."""
        return super().decode(encoding, errors)


class _EscapingBatch(_DefaultRecordBatchPy):  # type: ignore[misc]
    """A batch of records whose header names are decoded with escapes."""

    def __iter__(self) -> Any:
        batch = super().__iter__()
        self._buffer: bytearray = _EscapingText(self._buffer)
        return batch


class _EscapingRecords(_MemoryRecordsPy):  # type: ignore[misc]
    """The records of a fetch whose header names are decoded with escapes."""

    def next_batch(self, *_: int) -> Any:
        """Return the next batch."""
        start, following = self._next_slice, super().next_batch()
        if start is None or start[self.MAGIC_OFFSET] < FIRST_MAGIC_WITH_HEADERS:
            return following
        return _EscapingBatch(start)


def accept_any_header_name() -> None:
    """Patch aiokafka so that every consumer of this process reads records with any header name.

    Whoever builds a consumer calls this first: `clients` for all of ours, and annotate for those of faust. A second
    call changes nothing.
    """
    fetcher.MemoryRecords = RecordsWithBytes
    fetcher.PartitionRecords = TolerantPartitionRecords
