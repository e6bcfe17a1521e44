"""Records whose header names are not UTF-8, in the bytes of a fetch."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka.consumer.fetcher import READ_COMMITTED
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.structs import TopicPartition

from services.runtime.kafka.header_names import RecordsWithBytes, TolerantPartitionRecords

PLACEHOLDER = "placeholder"


def build_batch(names: list[str], *, base_offset: int = 0, transactional: bool = False, compression: int = 0) -> bytes:
    """Return the bytes of a batch with one record for each header name."""
    builder = DefaultRecordBatchBuilder(
        2, compression, is_transactional=transactional, producer_id=7, producer_epoch=0, base_sequence=0,
        batch_size=100_000,
    )  # fmt: skip
    for number, name in enumerate(names):
        builder.append(number, 1_000 + number, b"k%d" % number, b"v%d" % number, [(name, b"header"), ("good", None)])
    return (base_offset).to_bytes(8, "big") + bytes(builder.build())[8:]


def spoil(data: bytes) -> bytes:
    """Replace the placeholder by bytes that are not UTF-8."""
    return data.replace(PLACEHOLDER.encode(), b"\xff\xfe" + b"x" * (len(PLACEHOLDER) - 2))


def read_records(data: bytes, *, start: int = 0, aborted: list[tuple[int, int]] | None = None) -> list[tuple[Any, ...]]:
    """Return offset, key, value, timestamp and headers of each record from the offset `start` on."""
    records: Any = TolerantPartitionRecords(
        TopicPartition("t", 0), RecordsWithBytes(data), aborted, start, None, None, False, READ_COMMITTED
    )
    return [(one.offset, one.key, one.value, one.timestamp, one.headers) for one in records]


def build_expected(offset: int, number: int, name: str) -> tuple[object, ...]:
    """Return what `read_records` returns for a record of `build_batch`."""
    return (offset, b"k%d" % number, b"v%d" % number, 1_000 + number, ((name, b"header"), ("good", None)))


ESCAPED = "\\xff\\xfexxxxxxxxx"


@pytest.mark.parametrize("start", [0, 1, 2])
def test_a_record_with_a_bad_header_name_is_read(start: int) -> None:
    """Each record is read once and in order, with the bytes of the bad name escaped, from any start."""
    data = spoil(build_batch(["one", PLACEHOLDER, "three"])) + build_batch(["four"], base_offset=3)
    expected = [
        build_expected(0, 0, "one"), build_expected(1, 1, ESCAPED), build_expected(2, 2, "three"),
        build_expected(3, 0, "four"),
    ]  # fmt: skip
    assert read_records(data, start=start) == expected[start:]


def test_aborted_records_are_skipped() -> None:
    """Records of an aborted transaction are skipped, also when the fetch is read a second time."""
    aborted = build_batch(["gone"], transactional=True)
    data = aborted + spoil(build_batch([PLACEHOLDER], base_offset=1))
    assert read_records(data, aborted=[(7, 0)])[-1] == build_expected(1, 0, ESCAPED)
    assert [offset for offset, *_ in read_records(data, aborted=[(7, 0)])] == [1]


def test_other_damage_is_still_an_error() -> None:
    """A batch with a wrong checksum raises an error."""
    damaged = TolerantPartitionRecords(
        TopicPartition("t", 0),
        RecordsWithBytes(spoil(build_batch([PLACEHOLDER]))),
        None,
        0,
        None,
        None,
        True,
        READ_COMMITTED,
    )
    with pytest.raises(CorruptRecordException, match="CRC"):
        next(damaged)
