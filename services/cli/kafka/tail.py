"""`copydesk tail`: print a topic's committed records, for people on a terminal and for pipes."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from rich.text import Text

from services.cli.console.progress import results_console
from services.cli.console.render import render_event
from services.contracts.event import EnrichedArticle
from services.contracts.headers import find_header
from services.contracts.topics import MAX_RECORD_BYTES
from services.errors import TransientError
from services.runtime.kafka.clients import build_reader
from services.runtime.service.settings import KafkaSettings

NEW_TOPIC_MS = 5_000
"""Longest time, in milliseconds, until a new topic that matches the pattern is read."""


@asynccontextmanager
async def read_committed(
    kafka: KafkaSettings, *topics: str, from_beginning: bool = True
) -> AsyncIterator[AIOKafkaConsumer]:
    """Run a consumer without a group, which reads only what transactions have committed.

    Without `topics`, the caller subscribes. Raises TransientError if the broker cannot be reached.
    """
    consumer = build_reader(
        kafka,
        client_id="copydesk-tail",
        offset_reset="earliest" if from_beginning else "latest",
        partition_bytes=MAX_RECORD_BYTES,
        metadata_age_ms=NEW_TOPIC_MS,
    )
    if topics:
        consumer.subscribe(topics)
    try:
        await consumer.start()
    except KafkaError as error:
        await consumer.stop()
        raise TransientError(f"no broker answers at {kafka.bootstrap_servers}: {error}") from error
    try:
        yield consumer
    finally:
        await consumer.stop()


async def tail(kafka: KafkaSettings, topic: str, *, from_beginning: bool, limit: int | None) -> int:
    """Print records as they are committed, and return their number.

    On a terminal an event is shown as a panel; in a pipe each record is one line of JSON.
    """
    shown = 0
    async with read_committed(kafka, topic, from_beginning=from_beginning) as consumer:
        async for record in consumer:
            _print_record(record)
            shown += 1
            if limit is not None and shown >= limit:
                break
    return shown


def _print_record(record: ConsumerRecord) -> None:
    value = record.value or b""
    if not results_console.is_terminal:
        sys.stdout.buffer.write(value.replace(b"\n", b" ") + b"\n")
        sys.stdout.buffer.flush()
        return
    reason = find_header(record.headers, "x-copydesk-reason")
    if reason is not None:
        stage = find_header(record.headers, "x-copydesk-stage") or b""
        results_console.print(Text(f"{stage.decode()}: {reason.decode()}: {value[:200]!r}", style="red"))
        return
    with suppress(ValidationError):
        results_console.print(render_event(EnrichedArticle.model_validate_json(value)))
        return
    results_console.print(Text(value.decode(errors="replace")))
