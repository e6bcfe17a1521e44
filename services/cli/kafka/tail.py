"""`copydesk tail`: print a topic's committed records, for people on a terminal and for pipes."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from pydantic_core import to_json
from rich.text import Text

from services.cli.console.progress import print_status, results_console
from services.cli.console.render import render_event
from services.cli.dead_letters.letters import Letter
from services.cli.dead_letters.listing import describe
from services.cli.dead_letters.showing import summarise
from services.cli.kafka.suggestions import suggest_topic
from services.contracts.event import EnrichedArticle
from services.contracts.headers import REASON_HEADER, find_header
from services.contracts.topics import MAX_RECORD_BYTES, TopicLayout
from services.errors import ConfigurationError
from services.runtime.kafka.clients import build_reader, translate
from services.runtime.service.settings import KafkaSettings

NEW_TOPIC_MS = 5_000
"""Longest time, in milliseconds, until a new topic that matches the pattern is read."""


@asynccontextmanager
async def read_committed(
    kafka: KafkaSettings, *topics: str, from_beginning: bool = True
) -> AsyncIterator[AIOKafkaConsumer]:
    """Run a consumer without a group, which reads only what transactions have committed.

    Without `topics`, the caller subscribes. Raises TransientError if the broker cannot be reached, and
    ConfigurationError if a topic does not exist.
    """
    consumer = build_reader(
        kafka,
        client_id="copydesk-tail",
        offset_reset="earliest" if from_beginning else "latest",
        partition_bytes=MAX_RECORD_BYTES,
        metadata_age_ms=NEW_TOPIC_MS,
    )
    try:
        await consumer.start()
    except KafkaError as error:
        await consumer.stop()
        raise translate(f"connect to Kafka at {kafka.bootstrap_servers}", error) from error
    try:
        if topics:
            await _require_topics(consumer, topics, kafka)
            consumer.subscribe(topics)
        yield consumer
    finally:
        await consumer.stop()


async def _require_topics(consumer: AIOKafkaConsumer, topics: Sequence[str], kafka: KafkaSettings) -> None:
    """Raise ConfigurationError for a topic that does not exist: a consumer would wait for it without end."""
    existing = await consumer.topics()
    for topic in topics:
        if topic not in existing:
            where = f"there is no topic {topic} at {kafka.bootstrap_servers}"
            raise ConfigurationError(where + suggest_topic(topic, existing))


async def tail(
    kafka: KafkaSettings, topic: str, layout: TopicLayout, *, from_beginning: bool, limit: int | None
) -> int:
    """Print records as they are committed, and return their number. The name may be one without the prefix.

    On a terminal an event is shown as a panel, and a dead letter as one line with its reason and place; in a pipe each
    record is one line of JSON. A dead letter is then described, because its bytes may be no JSON.
    """
    shown, topic = 0, layout.qualify(topic)
    async with read_committed(kafka, topic, from_beginning=from_beginning) as consumer:
        if results_console.is_terminal:
            print_status(f"reading {topic} at {kafka.bootstrap_servers}; Ctrl-C ends it")
        async for record in consumer:
            _print_record(record)
            shown += 1
            if limit is not None and shown >= limit:
                break
    return shown


def _print_record(record: ConsumerRecord) -> None:
    value = record.value or b""
    letter = Letter(record) if find_header(record.headers, REASON_HEADER) is not None else None
    if not results_console.is_terminal:
        line = to_json(describe(letter)) if letter is not None else value.replace(b"\n", b" ")
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()
        return
    if letter is not None:
        results_console.print(Text(summarise(letter), style="red"))
        return
    with suppress(ValidationError):
        results_console.print(render_event(EnrichedArticle.model_validate_json(value)))
        return
    results_console.print(Text(value.decode(errors="replace")))
