"""Writes enriched events to PostgreSQL, each exactly once: the offsets are in the transaction of the articles.

python -m pip install -r docs/consumers/python/requirements.txt
python docs/consumers/python/postgres_sink.py --brokers localhost:9092 --database postgresql://user@localhost/news

The last revision of an article replaces the earlier ones, and a retraction deletes the article. Several processes may
share a group. Kafka's own offsets are committed too, but only so that its tools show the lag.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition

TABLES = Path(__file__).with_name("postgres.sql")
ENRICHED, RETRACTED = "news.article.enriched.v1", "news.article.retracted.v1"
BATCH_RECORDS = 500
"""Maximum number of events in one transaction."""

WRITE = """
INSERT INTO articles (id, revision, source, headline, language, published_at, verdict, duplicate_of, event)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, source = excluded.source, headline = excluded.headline,
    language = excluded.language, published_at = excluded.published_at, verdict = excluded.verdict,
    duplicate_of = excluded.duplicate_of, event = excluded.event
"""
BEGIN = "INSERT INTO consumed_offsets VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
POSITION = "SELECT next_offset FROM consumed_offsets WHERE topic = $1 AND partition = $2"
# A process that lost the partition finds another offset than the one that it read, and changes nothing.
ADVANCE = "UPDATE consumed_offsets SET next_offset = $4 WHERE topic = $1 AND partition = $2 AND next_offset = $3"


class LostPartitionError(Exception):
    """Another process has written this partition further: it has the partition now."""


class Assignment(ConsumerRebalanceListener):
    """The assigned partitions and the next offset of each, which comes from the database and not from Kafka."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._new: set[TopicPartition] = set()
        self.next_offsets: dict[TopicPartition, int] = {}

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002 - aiokafka's call
        """Forget the positions: another process may write these partitions from now on."""
        self._new.clear()
        self.next_offsets.clear()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Note the partitions. `open` reads their positions: aiokafka only logs an error that is raised here."""
        self._new.update(assigned)

    async def open(self, database: asyncpg.Connection) -> None:
        """Continue after the last event that is in the database; a new partition begins at its start."""
        while self._new:
            partition = min(self._new)
            begin = (await self._consumer.beginning_offsets([partition]))[partition]
            await database.execute(BEGIN, partition.topic, partition.partition, begin)
            stored = await database.fetchval(POSITION, partition.topic, partition.partition)
            # A rebalance may have come in the meantime.
            if partition in self._new:
                self._new.remove(partition)
                self.next_offsets[partition] = stored
                self._consumer.seek(partition, max(stored, begin))


async def run(brokers: str, topic: str, group: str, url: str) -> None:
    """Write events until the process gets SIGTERM or SIGINT, or another process takes a partition over."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    database = await asyncpg.connect(url)
    await database.execute(TABLES.read_text(encoding="utf-8"))
    consumer = AIOKafkaConsumer(
        bootstrap_servers=brokers,
        group_id=group,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        enable_auto_commit=False,
    )
    assignment = Assignment(consumer)
    consumer.subscribe([topic], listener=assignment)
    try:
        await consumer.start()
        while not stopping.is_set():
            await assignment.open(database)
            batches = await consumer.getmany(timeout_ms=500, max_records=BATCH_RECORDS)
            for partition, records in batches.items():
                # Records of a partition that came during the call are fetched again after `open`.
                if (start := assignment.next_offsets.get(partition)) is None:
                    continue
                await write(database, partition, start, records)
                assignment.next_offsets[partition] = records[-1].offset + 1
                await consumer.commit({partition: records[-1].offset + 1})
    finally:
        await consumer.stop()
        await database.close()


async def write(
    database: asyncpg.Connection, partition: TopicPartition, start: int, records: Sequence[ConsumerRecord]
) -> None:
    """Write events and the offset after them in one transaction. Raises LostPartitionError, and nothing is written."""
    async with database.transaction():
        done = await database.execute(ADVANCE, partition.topic, partition.partition, start, records[-1].offset + 1)
        if done != "UPDATE 1":
            raise LostPartitionError(f"{partition.topic}-{partition.partition} is not at offset {start} any more")
        for record in records:
            await apply(database, record)


async def apply(database: asyncpg.Connection, record: ConsumerRecord) -> None:
    """Write one event. Types that this program does not know are skipped."""
    event_type = dict(record.headers).get("ce_type", ENRICHED.encode()).decode()
    if event_type == RETRACTED:
        retraction = json.loads(record.value)
        await database.execute("DELETE FROM articles WHERE id = $1", retraction["id"])
        await database.execute(
            "INSERT INTO retracted_articles VALUES ($1, $2) ON CONFLICT DO NOTHING",
            retraction["id"],
            retraction["reason"],
        )
    elif event_type == ENRICHED:
        await database.execute(WRITE, *list_columns(_remove_null_characters(json.loads(record.value))))


def list_columns(event: dict[str, Any]) -> tuple[object, ...]:
    """Return the values of the columns; absent parts are null."""
    article, duplicate = event["article"], event["duplicate"]
    published = article.get("published_at")
    return (
        event["id"],
        (event["enrichment"].get("revision") or {"number": 1})["number"],
        article.get("source"),
        article.get("headline"),
        article["language"]["code"],
        datetime.fromisoformat(published["value"]) if published else None,
        duplicate["verdict"],
        duplicate.get("duplicate_of"),
        json.dumps(event, ensure_ascii=False),
    )


def _remove_null_characters(value: Any) -> Any:
    """Replace the character U+0000, which PostgreSQL cannot store."""
    if isinstance(value, dict):
        return {name: _remove_null_characters(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_remove_null_characters(item) for item in value]
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def main() -> None:
    """Read the command line and write events."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", default="localhost:9092", help="bootstrap servers, separated by commas")
    parser.add_argument("--topic", default="news.articles.enriched.v1")
    parser.add_argument("--group", default="copydesk-example-postgres", help="consumer group")
    parser.add_argument("--database", required=True, help="URL of the database, postgresql://user:password@host/name")
    options = parser.parse_args()
    asyncio.run(run(options.brokers, options.topic, options.group, options.database))


if __name__ == "__main__":
    main()
