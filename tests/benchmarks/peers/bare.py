"""Service with aiokafka alone, at least once: poll, enrich, produce, await, commit."""

from __future__ import annotations

import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.benchmarks.peers.enriching import enrich_bytes, warm_up

BATCH = 64


async def run(servers: str, source: str, target: str) -> None:
    """Process records until the process is terminated."""
    consumer = AIOKafkaConsumer(
        source, bootstrap_servers=servers, group_id="bare", enable_auto_commit=False, auto_offset_reset="earliest"
    )
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True)
    async with consumer, producer:
        print("ready", flush=True)
        while True:
            polled = await consumer.getmany(timeout_ms=200, max_records=BATCH)
            sent = [
                await producer.send(target, value=enrich_bytes(record.value), key=record.key)
                for records in polled.values()
                for record in records
            ]
            if sent:
                await asyncio.gather(*sent)
                await consumer.commit()


if __name__ == "__main__":
    warm_up()
    asyncio.run(run(*sys.argv[1:]))
