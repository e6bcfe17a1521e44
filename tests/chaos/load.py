"""A steady load: articles to the HTTP source, each until it is acknowledged, and bad records directly to the topics."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from pydantic_core import to_json

from services.ingest.entries import Entry
from tests.support.whole_path.articles import Poison

BATCH = 4
POISON_EVERY = 5
"""Batches between two bad records."""
TRY_AGAIN = 0.3
"""Seconds until an unacknowledged batch is sent again."""
SEND_WITHIN = 15.0


@dataclass(slots=True)
class Load:
    """Sender that runs until it is told to stop, and sends at least the wanted number of articles."""

    url: str
    bootstrap_servers: str
    articles: Iterator[Entry]
    poison: Iterator[Poison]
    rate: float
    """Articles a second."""
    wanted: int
    acknowledged: list[str] = field(default_factory=list)
    """Ids of the articles that the HTTP source answered with 202."""
    bad: int = 0
    """Number of bad records that the broker has acknowledged."""
    retries: int = 0
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by the caller when the wanted number of articles is enough."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when everything that was sent is acknowledged."""

    async def run(self) -> None:
        """Send until enough was sent."""
        begun, batches = time.monotonic(), 0
        async with httpx.AsyncClient(base_url=self.url, timeout=SEND_WITHIN) as client:
            while not (self.enough.is_set() and batches * BATCH >= self.wanted):
                await self._post(client, [next(self.articles) for _ in range(BATCH)])
                if batches % POISON_EVERY == 0:
                    await self._spoil(next(self.poison))
                batches += 1
                # No burst after a pause: it would hide the effect of the next fault.
                begun = max(begun, time.monotonic() - (batches + 2) * BATCH / self.rate)
                await asyncio.sleep(max(0.0, begun + batches * BATCH / self.rate - time.monotonic()))
        self.ended.set()

    async def _post(self, client: httpx.AsyncClient, batch: list[Entry]) -> None:
        """Send what is not acknowledged yet, again and again, like a sender that keeps its articles."""
        waiting = [entry.fields for entry in batch]
        while waiting:
            try:
                answer = await client.post(
                    "/v1/articles", content=to_json(waiting), headers={"content-type": "application/json"}
                )
                results = answer.json().get("results")
            except (httpx.TransportError, ValueError):
                results = None
            if results is not None:
                self.acknowledged.extend(result["id"] for result in results if result["status"] == 202)
                waiting = [fields for fields, result in zip(waiting, results, strict=True) if result["status"] != 202]
            if waiting:
                self.retries += 1
                await asyncio.sleep(TRY_AGAIN)

    async def _spoil(self, poison: Poison) -> None:
        while True:
            try:
                async with asyncio.timeout(SEND_WITHIN):
                    return await send_record(self.bootstrap_servers, poison)
            except (KafkaError, TimeoutError, OSError):
                self.retries += 1
                await asyncio.sleep(TRY_AGAIN)
            finally:
                self.bad += 1


async def send_record(bootstrap_servers: str, poison: Poison) -> None:
    """Append one record as a foreign producer does, with a separate client."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(
            poison.topic,
            poison.value,
            key=poison.key,
            partition=poison.partition,
            headers=list(poison.headers),
        )
    finally:
        await producer.stop()
