"""Reader of the topics where an article ends, for the commands that check what came out."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.cli.desk.arrivals.results import RunResults
from services.cli.kafka.tail import read_committed
from services.contracts.topics import DEAD_LETTER_SUFFIX, DEFAULT_LAYOUT, ENRICHED, NAMES, ROUTED_PREFIX, TopicLayout
from services.runtime.kafka.clients import within
from services.runtime.kafka.topics import find_topics
from services.runtime.service.settings import KafkaSettings
from services.sink.rules import Rules

POLL_INTERVAL = 0.2
"""Seconds between two checks whether all articles have arrived."""


@asynccontextmanager
async def collect(
    kafka: KafkaSettings, rules: Rules | None = None, layout: TopicLayout = DEFAULT_LAYOUT
) -> AsyncIterator[RunResults]:
    """Yield results that grow with every committed record of the enriched, routed and dead-letter topics.

    Reading begins with the oldest record: if an article was sent before, its event is in the topic already and is not
    written again. `rules` are the routing rules, if they are known. Raises TransientError if the broker cannot be
    reached.
    """
    enriched = layout.name(ENRICHED)
    existing = await find_topics(kafka, enriched.__eq__)
    partitions = [TopicPartition(enriched, number) for number in range(existing.get(enriched, 0))]
    async with read_committed(kafka, from_beginning=True) as consumer:
        consumer.subscribe(pattern=_build_topic_pattern(layout))
        ends: dict[TopicPartition, int] = {}
        if partitions:
            ends = await within(kafka.request_timeout, "read the ends of topics", consumer.end_offsets(partitions))
        first_offsets = {partition.partition: end for partition, end in ends.items()}
        results = RunResults(rules=rules, first_offsets=first_offsets, layout=layout)
        collecting = asyncio.create_task(_add_records(consumer, results))
        try:
            yield results
        finally:
            collecting.cancel()
            with suppress(asyncio.CancelledError):
                await collecting


async def wait_for_arrivals(
    results: RunResults,
    ids: Collection[str],
    *,
    patience: float,
    on_progress: Callable[[int], None] = lambda _: None,
    is_complete: Callable[[], Awaitable[bool]] | None = None,
) -> None:
    """Wait until every article has arrived and `is_complete`, if given, returns True.

    Also returns if no further article arrives for `patience` seconds. `on_progress` gets the number of new arrivals.
    """
    seen, last_progress = 0, time.monotonic()
    while True:
        arrived = sum(results.has_arrived(article_id) for article_id in ids)
        if arrived > seen:
            on_progress(arrived - seen)
            seen, last_progress = arrived, time.monotonic()
        if arrived == len(ids) and (is_complete is None or await is_complete()):
            return
        if time.monotonic() - last_progress > patience:
            return
        await asyncio.sleep(POLL_INTERVAL)


async def wait_for_routes(results: RunResults, ids: Collection[str], *, within: float) -> None:
    """Wait until every article was seen on all routes that the rules give it, at most `within` seconds."""
    deadline = time.monotonic() + within
    while any(results.find_missing_routes(article_id) for article_id in ids):
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(POLL_INTERVAL)


def _build_topic_pattern(layout: TopicLayout) -> str:
    dead_letters = rf"{re.escape(NAMES)}.*{re.escape(DEAD_LETTER_SUFFIX)}"
    return f"^{re.escape(layout.prefix)}({re.escape(ENRICHED)}|{re.escape(ROUTED_PREFIX)}.*|{dead_letters})$"


async def _add_records(consumer: AIOKafkaConsumer, results: RunResults) -> None:
    async for record in consumer:
        results.add(record)
