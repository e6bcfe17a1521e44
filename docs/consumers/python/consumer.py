"""Reads enriched events from a Copydesk topic and prints one line each: aiokafka, committed work only.

python consumer.py --brokers localhost:9092 --topic news.articles.enriched.v1 --group my-desk
"""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from aiokafka import AIOKafkaConsumer


async def consume(brokers: str, topic: str, group: str, limit: int) -> None:
    """Print events as they come; stop after `limit` of them, or never when it is 0."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=brokers,
        group_id=group,
        auto_offset_reset="earliest",
        # Copydesk writes in transactions: what was not committed must not be seen.
        isolation_level="read_committed",
        # Offsets are committed below, after the work on an event is done.
        enable_auto_commit=False,
    )
    seen = 0
    async with consumer:
        async for record in consumer:
            print(describe(json.loads(record.value)), flush=True)
            await consumer.commit()
            seen += 1
            if seen == limit:
                return


def describe(event: dict[str, Any]) -> str:
    """One line about an event; fields that this program does not know are ignored, so that new ones break nothing."""
    article, duplicate = event["article"], event["duplicate"]
    # Null means not looked for, as in a language that the encoder does not read.
    entities = event["entities"] or []
    names = [f"{entity['name']} ({entity['type']}, {entity['sentiment']['polarity']})" for entity in entities]
    fields = (event["id"], article["language"]["code"], duplicate["verdict"], article["headline"] or "(no headline)")
    return "\t".join([*fields, "; ".join(names)])


def main() -> None:
    """Read the command line and consume."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brokers", default="localhost:9092", help="bootstrap servers, separated by commas")
    parser.add_argument("--topic", default="news.articles.enriched.v1")
    parser.add_argument("--group", default="copydesk-example-python", help="consumer group")
    parser.add_argument("--limit", type=int, default=0, help="stop after so many events; 0 reads on")
    options = parser.parse_args()
    asyncio.run(consume(options.brokers, options.topic, options.group, options.limit))


if __name__ == "__main__":
    main()
