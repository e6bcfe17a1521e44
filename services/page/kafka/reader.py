"""Reader that fills the window from the topics of enriched events, of stories and of routes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer

from services.contracts.decoding import decode_record
from services.contracts.event import EnrichedArticle
from services.contracts.headers import ENRICHED_TYPE, RETRACTED_TYPE, RULES_HEADER, STORY_TYPE, find_header, has_type
from services.contracts.stories.record import StoryRecord
from services.contracts.topics import DEFAULT_LAYOUT, ENRICHED, ROUTED_PREFIX, STORIES, TopicLayout
from services.errors import PermanentError
from services.page.windows.events import EventWindow
from services.runtime.kafka.clients import build_reader, within
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.service.lifecycle import cancel
from services.runtime.service.settings import KafkaSettings

TAIL_OFFSETS = 400
"""Offsets of each partition that are read at the start, so that the page is not empty: with the markers of the
transactions some 200 events, and enough for the window from all partitions of the enriched topic."""
STORY_OFFSETS = 4_000
"""The same for the stories, whose records are small. Nearly each article changes one."""
FETCH_BYTES = 262_144
"""Largest size of a fetch from one partition. A desk with many routes has hundreds of partitions, and the records of
each are held until they are read. A larger record is fetched alone."""
NEW_TOPIC_MS = 5_000
"""Longest time, in milliseconds, until the topic of a new route is read."""


@asynccontextmanager
async def open_reader(
    kafka: KafkaSettings, window: EventWindow, layout: TopicLayout = DEFAULT_LAYOUT
) -> AsyncIterator[asyncio.Task[None]]:
    """Fill the window until the block ends; yield the task that does it, which fails if Kafka's client fails.

    Raises TransientError if the broker cannot be reached.
    """
    consumer = build_reader(
        kafka,
        client_id="copydesk-page",
        offset_reset="earliest",
        partition_bytes=FETCH_BYTES,
        metadata_age_ms=NEW_TOPIC_MS,
    )
    topics = f"{re.escape(ENRICHED)}|{re.escape(STORIES)}|{re.escape(ROUTED_PREFIX)}.*"
    consumer.subscribe(pattern=f"^{re.escape(layout.prefix)}({topics})$")
    try:
        await within(kafka.request_timeout, "connect to Kafka", consumer.start())
        reading = asyncio.create_task(_read(consumer, window, layout, kafka.request_timeout), name="read-topics")
        try:
            yield reading
        finally:
            await cancel(reading)
    finally:
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, window: EventWindow, layout: TopicLayout, timeout: float) -> None:
    """Read the ends of the topics that exist, and all of the topics that are created later."""
    existing = list(consumer.assignment())
    if existing:
        ends = await within(timeout, "read the ends of topics", consumer.end_offsets(existing))
        starts = await within(timeout, "read the beginnings of topics", consumer.beginning_offsets(existing))
        for partition, end in ends.items():
            count = STORY_OFFSETS if layout.strip(partition.topic) == STORIES else TAIL_OFFSETS
            consumer.seek(partition, max(starts[partition], end - count))
    async for record in consumer:
        add_record(window, record, layout)


def add_record(window: EventWindow, record: ConsumedRecord, layout: TopicLayout = DEFAULT_LAYOUT) -> None:
    """Add one record to the window. A record that is no enriched event or no story is counted and left out."""
    if has_type(record.headers, RETRACTED_TYPE):
        window.remove((record.key or b"").decode(errors="replace"))
        return
    topic = layout.strip(record.topic)
    if topic == STORIES:
        try:
            window.stories.add(decode_record(StoryRecord, record.value, record.headers, STORY_TYPE))
        except PermanentError:
            window.stories.unreadable += 1
        return
    if topic == ENRICHED:
        try:
            event = decode_record(EnrichedArticle, record.value, record.headers, ENRICHED_TYPE)
        except PermanentError:
            window.unreadable += 1
            return
        window.add_event(event, record.value or b"", record.timestamp)
        return
    # A routed event may be in another form than the enriched one; the id is in its headers.
    article_id = find_header(record.headers, "ce_id") or record.key
    if article_id is not None:
        route = layout.find_route(record.topic)
        rules = find_header(record.headers, RULES_HEADER) or b""
        window.add_route(article_id.decode(errors="replace"), route, rules.decode(errors="replace"))
