"""Reading of whole topics, up to the records that are committed when the reading begins."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence

from aiokafka.structs import TopicPartition

from services.errors import TransientError
from services.runtime.kafka.clients import build_reader, within
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.service.settings import KafkaSettings

POLL_MS = 100
"""Longest time of a poll. A fetch that contained only transaction markers is noticed after this time."""


async def scan_topics(
    settings: KafkaSettings, topics: Mapping[str, int], *, client_id: str
) -> AsyncIterator[Sequence[ConsumedRecord]]:
    """Yield all committed records of topics, given the number of partitions of each, partition by partition in order.

    Raises TransientError if Kafka does not answer, or if the reading does not advance for `request_timeout` seconds.
    """
    timeout = settings.request_timeout
    partitions = [TopicPartition(topic, number) for topic, count in topics.items() for number in range(count)]
    if not partitions:
        return
    reader = build_reader(settings, client_id=client_id)
    try:
        await within(timeout, "start the reader of whole topics", reader.start())
        reader.assign(partitions)
        ends = await within(timeout, "read the ends of topics", reader.end_offsets(partitions))
        await within(timeout, "read the starts of topics", reader.seek_to_beginning(*partitions))
        waiting, read_at = set(partitions), time.monotonic()
        while waiting:
            fetched = await within(timeout, "read topics", reader.getmany(*waiting, timeout_ms=POLL_MS))
            for records in fetched.values():
                yield records
            done = {one for one in waiting if await within(timeout, "position", reader.position(one)) >= ends[one]}
            waiting -= done
            if fetched or done:
                read_at = time.monotonic()
            elif time.monotonic() - read_at > timeout:
                raise TransientError(f"cannot read {', '.join(sorted({one.topic for one in waiting}))} to the end")
    finally:
        await within(timeout, "stop the reader of whole topics", reader.stop())
