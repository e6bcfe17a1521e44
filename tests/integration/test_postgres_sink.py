"""The PostgreSQL sink of docs/consumers, run unchanged against a real Kafka and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from services.contracts import topics
from services.contracts.event import Duplicate, EnrichedArticle
from services.contracts.headers import ENRICHED_TYPE, RETRACTED_TYPE
from services.contracts.retraction import Retraction
from services.outcomes import Stage
from tests.support.annotated import build_annotated, pack
from tests.support.kafka_records import open_producer
from tests.support.postgres import run_postgres

SINK = Path(__file__).parents[2] / "docs" / "consumers" / "python" / "postgres_sink.py"
KILLS = int(os.environ.get("POSTGRES_KILLS", "3"))
"""Number of kills while events arrive."""
SECONDS = 60
"""Seconds in which the database must have all events."""
pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240 + 20 * KILLS)]

AUDIT = """
CREATE TABLE writes (id text NOT NULL);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO writes VALUES (coalesce(new.id, old.id)); RETURN NULL; END';
CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON articles FOR EACH ROW EXECUTE FUNCTION note();
"""
"""Table with one row for each change of an article, because a repeated upsert leaves no trace."""


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """Run PostgreSQL for the module."""
    with run_postgres() as url:
        yield url


@contextmanager
def running(broker: str, url: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the sink as a process until the block ends."""
    command = [sys.executable, str(SINK), "--brokers", broker, "--database", url]
    with log.open("ab") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            yield process
        finally:
            process.kill()


async def send(servers: str, events: list[tuple[str, str, bytes]]) -> None:
    """Append events (id, type, value) to the enriched topic, in transactions of some events, one of them aborted."""
    async with open_producer(servers, "test-postgres") as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(topics.ENRICHED, b"{}", key=b"aborted")
        await producer.abort_transaction()
        for start in range(0, len(events), 20):
            async with producer.transaction():
                for article_id, event_type, value in events[start : start + 20]:
                    headers = [("ce_type", event_type.encode())]
                    await producer.send(topics.ENRICHED, value, key=article_id.encode(), headers=headers)


def build_event(number: int, *, body: str | None = None) -> tuple[str, str, bytes]:
    """Build an enriched event."""
    annotated = build_annotated(number, seed=5)
    if body is not None:
        annotated = annotated.model_copy(update={"article": annotated.article.model_copy(update={"body": body})})
    event = EnrichedArticle.from_annotated(annotated, Duplicate(verdict="original"), None)
    sent = pack(event, ENRICHED_TYPE, Stage.MATCH)
    return sent.id, ENRICHED_TYPE, sent.value


async def wait_for(connection: asyncpg.Connection, query: str, expected: object) -> None:
    """Wait until a query gives a value."""
    async with asyncio.timeout(SECONDS):
        while await connection.fetchval(query) != expected:
            await asyncio.sleep(0.05)


async def test_each_event_is_written_once(broker: str, database: str, tmp_path: Path) -> None:
    """After kills while events arrive, each event has changed its article once; the last one and retractions count."""
    choose = random.Random(1)
    log = tmp_path / "sink.log"
    first = [build_event(number) for number in range(40 * (KILLS + 1))]
    connection = await asyncpg.connect(database)
    with running(broker, database, log):
        await wait_for(connection, "SELECT count(*) FROM pg_tables WHERE tablename = 'consumed_offsets'", 1)
    await connection.execute(AUDIT)
    sending = asyncio.create_task(send(broker, first))
    for _ in range(KILLS):
        with running(broker, database, log) as process:
            before = await connection.fetchval("SELECT count(*) FROM writes")
            async with asyncio.timeout(SECONDS):
                while await connection.fetchval("SELECT count(*) FROM writes") < before + choose.randrange(30):
                    assert process.poll() is None, log.read_text()
                    await asyncio.sleep(0.01)
            process.send_signal(signal.SIGKILL)
    await sending
    changed, withdrawn = first[3][0], first[4][0]
    last = [
        build_event(3, body="Changed \0 text."),
        (withdrawn, RETRACTED_TYPE, Retraction(id=withdrawn, reason="Withdrawn.").to_bytes()),
        ("later", "news.article.later.v9", b"not json"),
    ]
    await send(broker, last)
    with running(broker, database, log) as process:
        await wait_for(connection, "SELECT count(*) FROM writes", len(first) + 2)
        await wait_for(connection, "SELECT sum(next_offset) > 0 FROM consumed_offsets", True)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 30) == 0, log.read_text()
    writes = Counter(row["id"] for row in await connection.fetch("SELECT id FROM writes"))
    assert writes == Counter([*(event[0] for event in first), changed, withdrawn])
    stored = {row["id"]: json.loads(row["event"]) for row in await connection.fetch("SELECT id, event FROM articles")}
    assert stored.keys() == {event[0] for event in first} - {withdrawn}
    assert stored[changed]["article"]["body"] == "Changed \ufffd text."
    assert stored[first[5][0]] == json.loads(first[5][2])
    assert await connection.fetchval("SELECT reason FROM retracted_articles WHERE id = $1", withdrawn) == "Withdrawn."
    await connection.close()
