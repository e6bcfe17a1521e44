"""Reads enriched events from a Copydesk topic and prints one line each: aiokafka, committed work only.

python -m pip install -r docs/consumers/python/requirements.txt
python docs/consumers/python/consumer.py --brokers localhost:9092 --topic news.articles.enriched.v1 --group my-desk
"""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord

ENRICHED = "news.article.enriched.v1"
BATCH_RECORDS = 500
"""Maximum number of events between two commits: a commit for each event would cost more than the work."""


async def consume(brokers: str, topic: str, group: str, limit: int) -> None:
    """Print events as they come; stop after `limit` of them, or never when it is 0."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=brokers,
        group_id=group,
        auto_offset_reset="earliest",
        # Copydesk writes in transactions: what was not committed must not be seen.
        isolation_level="read_committed",
        # Offsets are committed below, after the work on a batch is done.
        enable_auto_commit=False,
    )
    seen = 0
    async with consumer:
        while True:
            wanted = min(BATCH_RECORDS, limit - seen) if limit else BATCH_RECORDS
            batches = await consumer.getmany(timeout_ms=1_000, max_records=wanted)
            for records in batches.values():
                for record in records:
                    print(describe(record), flush=True)
                seen += len(records)
            if batches:
                await consumer.commit()
            if limit and seen >= limit:
                return


def describe(record: ConsumerRecord) -> str:
    """One line about an event; fields that this program does not know are ignored, so that new ones break nothing."""
    event_type = dict(record.headers).get("ce_type", ENRICHED.encode()).decode()
    if event_type != ENRICHED:
        # Another type, such as a retraction: delete the article that it names.
        return "\t".join((record.key.decode(), event_type, record.value.decode()))
    event: dict[str, Any] = json.loads(record.value)
    article, duplicate = event["article"], event["duplicate"]
    # Null means not looked for, as in a language that the encoder does not read.
    entities = event["entities"] or []
    names = [f"{entity['name']} ({entity['type']}, {entity['sentiment']['polarity']})" for entity in entities]
    fields = (event["id"], article["language"]["code"], duplicate["verdict"], article["headline"] or "(no headline)")
    return "\t".join([*fields, "; ".join(names)])


def main() -> None:
    """Read the command line and consume."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", default="localhost:9092", help="bootstrap servers, separated by commas")
    parser.add_argument("--topic", default="news.articles.enriched.v1")
    parser.add_argument("--group", default="copydesk-example-python", help="consumer group")
    parser.add_argument("--limit", type=int, default=0, help="stop after so many events; 0 reads on")
    options = parser.parse_args()
    asyncio.run(consume(options.brokers, options.topic, options.group, options.limit))


if __name__ == "__main__":
    main()
