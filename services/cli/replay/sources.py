"""The records of a replay, merged over all partitions in the order in which they arrived."""

from __future__ import annotations

import heapq
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from aiokafka.structs import TopicPartition

from services.archive.reading import ArchiveReader, ArchiveSelection
from services.errors import ConfigurationError
from services.runtime.kafka.clients import build_reader, within
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.kafka.state_log import StateLog, open_state_log
from services.runtime.kafka.topics import find_topics
from services.runtime.service.settings import KafkaSettings


@dataclass(frozen=True, slots=True)
class Span:
    """The part of one partition to read."""

    partition: int
    start: int
    end: int | None
    """The offset before which reading stops; None reads to the end."""


class RawSource(Protocol):
    """A place that has the records of the raw topic."""

    async def find_spans(self, since_ms: int) -> list[Span]:
        """Return the part of each partition that may have records since a time."""
        ...

    def read(self, spans: Sequence[Span], since_ms: int, until_ms: int | None) -> AsyncIterator[ConsumedRecord]:
        """Yield the records of all spans, merged by their timestamps. Some may be outside the time."""
        ...


class KafkaSource:
    """The raw topic."""

    def __init__(self, kafka: KafkaSettings, topic: str) -> None:
        self._kafka = kafka
        self._topic = topic

    async def find_spans(self, since_ms: int) -> list[Span]:
        """Return what is to be read of each partition. Raises ConfigurationError if the topic does not exist.

        A partition is read from the first record at or after the time, by its timestamp, to its end now. Later records
        may have earlier times if a clock went back, so the time is compared with each record again.
        """
        count = (await find_topics(self._kafka, self._topic.__eq__)).get(self._topic)
        if not count:
            raise ConfigurationError(f"there is no topic {self._topic} at {self._kafka.bootstrap_servers}")
        partitions = [TopicPartition(self._topic, number) for number in range(count)]
        timeout = self._kafka.request_timeout
        reader = build_reader(self._kafka, client_id="copydesk-replay")
        try:
            await within(timeout, f"connect to Kafka at {self._kafka.bootstrap_servers}", reader.start())
            times = dict.fromkeys(partitions, max(0, since_ms))
            found = await within(timeout, "find the start of the replay", reader.offsets_for_times(times))
            ends = await within(timeout, "read the end of the raw topic", reader.end_offsets(partitions))
        finally:
            await within(timeout, "close the reader", reader.stop())
        return [
            Span(one.partition, found[one].offset if found.get(one) is not None else ends[one], ends[one])
            for one in partitions
        ]

    async def read(self, spans: Sequence[Span], since_ms: int, until_ms: int | None) -> AsyncIterator[ConsumedRecord]:
        """Yield the records of all spans. Raises CopydeskError if Kafka does not answer."""
        del since_ms, until_ms
        async with AsyncExitStack() as opened:
            streams = []
            for span in spans:
                if span.end is None or span.start < span.end:
                    log = await opened.enter_async_context(
                        open_state_log(self._kafka, TopicPartition(self._topic, span.partition))
                    )
                    streams.append(_read_log(log, span))
            async for record in merge(streams):
                yield record


class ArchiveSource:
    """An archive of the raw topic."""

    def __init__(self, root: Path, sources: frozenset[str], report: Callable[[str], None]) -> None:
        """`report` is called with one line for each hole and each damaged file."""
        self._reader = ArchiveReader(root, report)
        self._sources = sources

    async def find_spans(self, since_ms: int) -> list[Span]:
        """Return all partitions: the parts outside the time are left out while reading."""
        del since_ms
        return [Span(number, 0, None) for number in self._reader.list_partitions()]

    async def read(self, spans: Sequence[Span], since_ms: int, until_ms: int | None) -> AsyncIterator[ConsumedRecord]:
        """Yield the records of all spans, without the files that are outside the time."""
        selection = ArchiveSelection(since_ms, until_ms, self._sources)
        async for record in merge([_read_archive(self._reader, span, selection) for span in spans]):
            yield record


async def merge(streams: Sequence[AsyncIterator[ConsumedRecord]]) -> AsyncIterator[ConsumedRecord]:
    """Yield the records of all streams by timestamp. The order within a stream stays, even if a clock went back."""
    heap: list[tuple[int, int, ConsumedRecord]] = []
    for number, stream in enumerate(streams):
        if (record := await anext(stream, None)) is not None:
            heap.append((record.timestamp, number, record))
    heapq.heapify(heap)
    while heap:
        _, number, record = heap[0]
        yield record
        following = await anext(streams[number], None)
        if following is None:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (following.timestamp, number, following))


async def _read_log(log: StateLog, span: Span) -> AsyncIterator[ConsumedRecord]:
    async for records in log.stream(max(log.begin, span.start)):
        for record in records:
            if span.end is not None and record.offset >= span.end:
                return
            yield record


async def _read_archive(
    reader: ArchiveReader, span: Span, selection: ArchiveSelection
) -> AsyncIterator[ConsumedRecord]:
    for record in reader.read(span.partition, selection, span.start):
        yield record


def start_at(spans: Sequence[Span], positions: Mapping[int, int]) -> list[Span]:
    """Return the spans without what was read before."""
    return [Span(span.partition, max(span.start, positions.get(span.partition, 0)), span.end) for span in spans]
