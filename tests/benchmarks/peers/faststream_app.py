"""Service with FastStream on aiokafka, written like the examples in its documentation."""

from __future__ import annotations

import asyncio
import sys

from faststream import FastStream
from faststream.kafka import KafkaBroker, KafkaMessage

from tests.benchmarks.peers.enriching import enrich_bytes, warm_up


async def run(servers: str, source: str, target: str) -> None:
    """Process records until the process is terminated."""
    broker = KafkaBroker(servers, acks="all", enable_idempotence=True)

    @broker.subscriber(source, group_id="faststream", auto_offset_reset="earliest")
    @broker.publisher(target)
    async def handle(message: KafkaMessage) -> bytes:
        return enrich_bytes(message.body)

    app = FastStream(broker)
    app.after_startup(lambda: print("ready", flush=True))
    await app.run()


if __name__ == "__main__":
    warm_up()
    asyncio.run(run(*sys.argv[1:]))
