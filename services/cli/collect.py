"""Watches the topics on which an article's way ends, for the commands that judge what came out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer

from services.cli.results import Desk
from services.cli.tail import read_committed
from services.contracts.topics import DEAD_LETTER_SUFFIX, ENRICHED, ROUTED_PREFIX
from services.runtime.service.settings import KafkaSettings


@asynccontextmanager
async def collect(kafka: KafkaSettings) -> AsyncIterator[Desk]:
    """A desk that takes down every committed record of the enriched, routed and dead-letter topics, the oldest first.

    The oldest, since the event of an article that is sent again is not written again. Raises TransientError when the
    broker cannot be reached.
    """
    desk = Desk()
    async with read_committed(kafka, from_beginning=True) as consumer:
        consumer.subscribe(pattern=_interesting_topics())
        taking = asyncio.create_task(_take(consumer, desk))
        try:
            yield desk
        finally:
            taking.cancel()
            with suppress(asyncio.CancelledError):
                await taking


def _interesting_topics() -> str:
    quoted = (ENRICHED.replace(".", r"\."), ROUTED_PREFIX.replace(".", r"\.") + ".*", rf".*\{DEAD_LETTER_SUFFIX}")
    return f"^({'|'.join(quoted)})$"


async def _take(consumer: AIOKafkaConsumer, desk: Desk) -> None:
    async for record in consumer:
        desk.take(record)
