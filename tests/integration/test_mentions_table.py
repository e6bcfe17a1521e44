"""The SQL of docs/stories.md, run as the page has it, on the rows of a day in a real PostgreSQL."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from services.contracts import topics
from services.contracts.event import AnnotatedArticle
from services.contracts.mention import MentionRow
from services.enrichment.matching import MatchIndex
from services.enrichment.stories.index import StoryIndex
from services.processor.match.matcher import MatchProcessor
from services.processor.match.metrics import MatchMetrics
from services.runtime.kafka.records import OutputRecord
from tests.support.annotated import revise
from tests.support.match_stage import SHARD, process
from tests.support.postgres import run_postgres
from tests.support.story_articles import ARTICLES

PAGE = Path(__file__).parents[2] / "docs" / "stories.md"
STATEMENT = re.compile(r"^    (?:CREATE|INSERT|SELECT|DELETE) [^;]*;$", re.MULTILINE)
MINUTES = 9
"""Minutes between two articles: 150 of them are a day."""

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """Run PostgreSQL for the module."""
    with run_postgres() as url:
        yield url


def read_statements() -> dict[str, str]:
    """Return the statements of the page by their first two words."""
    return {" ".join(found.split()[:2]): found for found in STATEMENT.findall(PAGE.read_text(encoding="utf-8"))}


def make_day() -> tuple[list[OutputRecord], MatchProcessor]:
    """Return the rows of a day, as match writes them, and the processor that wrote them."""
    processor = MatchProcessor(SHARD, MatchIndex(), MatchMetrics(), stories=StoryIndex(), has_mentions=True)
    start = ARTICLES[0].article.ingested_at
    assert start is not None
    day = [set_time(revise(one, "a"), start + timedelta(minutes=MINUTES * at)) for at, one in enumerate(ARTICLES)]
    return select_rows(process(processor, day)), processor


def set_time(article: AnnotatedArticle, at: object) -> AnnotatedArticle:
    """Return an article that arrived at a time."""
    return article.model_copy(update={"article": article.article.model_copy(update={"ingested_at": at})})


def select_rows(outputs: list[OutputRecord]) -> list[OutputRecord]:
    """Return the rows among outputs."""
    return [output for output in outputs if output.topic == topics.MENTIONS]


def run(url: str, work: Callable[[asyncpg.Connection], Awaitable[None]]) -> None:
    """Run work on a connection to an empty database."""

    async def connect() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("DROP TABLE IF EXISTS mentions CASCADE")
            statements = read_statements()
            await connection.execute(statements["CREATE TABLE"])
            await connection.execute(statements["CREATE OR"])
            await connection.execute(statements["CREATE VIEW"])
            await work(connection)
        finally:
            await connection.close()

    asyncio.run(connect())


async def insert(connection: asyncpg.Connection, outputs: list[OutputRecord]) -> None:
    """Store rows with the call of the page."""
    values = [((output.value or b"").decode(),) for output in outputs]
    await connection.executemany(read_statements()["SELECT store_mention($1);"], values)


def test_the_query_gives_what_a_loop_over_the_rows_gives(database: str) -> None:
    """A day that is loaded twice is in the table once, and the query's sentiment by hour is that of a plain loop."""
    outputs, _ = make_day()
    rows = [MentionRow.model_validate_json(output.value or b"") for output in outputs]
    sums: defaultdict[tuple[str, object], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for row in rows:
        assert row.novelty is not None and row.at is not None
        if row.type == "ORG" and not row.novelty.late and row.novelty.decay > 0:
            total = sums[row.entity, row.at.replace(minute=0, second=0, microsecond=0)]
            total[0] += row.novelty.decay * (row.positive - row.negative)
            total[1] += row.novelty.decay
            total[2] += 1

    async def check(connection: asyncpg.Connection) -> None:
        await insert(connection, outputs)
        await insert(connection, outputs)
        assert await connection.fetchval("SELECT count(*) FROM mentions") == len(rows) > 100
        found = await connection.fetch(read_statements()["SELECT entity,"])
        assert {(one["entity"], one["hour"]): one["count"] for one in found} == {
            key: total[2] for key, total in sums.items()
        }
        stories = await connection.fetch(
            read_statements()["SELECT date_trunc('hour',"].replace("Q775060", rows[0].entity)
        )
        of_first = [row for row in rows if row.entity == rows[0].entity and row.verdict == "original"]
        assert sum(one["articles"] for one in stories) == len(
            [row for row in of_first if row.novelty is not None and row.novelty.decay > 0]
        )
        assert {one["story"] for one in stories} == {row.story for row in of_first}
        for one in found:
            total = sums[one["entity"], one["hour"]]
            assert one["sentiment"] == pytest.approx(total[0] / total[1], abs=1e-5)

    run(database, check)


def test_a_file_of_rows_is_loaded_in_one_statement(database: str) -> None:
    """A file with two revisions of an article leaves the rows of the later one, as single rows do."""
    outputs, processor = make_day()
    rows = [*outputs, *select_rows(process(processor, [revise(ARTICLES[3], "b")]))]

    async def check(connection: asyncpg.Connection) -> None:
        statements = read_statements()
        await connection.execute(statements["CREATE TEMP"])
        lines = [((row.value or b"").decode(),) for row in rows]
        await connection.copy_records_to_table("lines", records=lines)
        assert await connection.fetchval(statements["SELECT sum(store_mention(line))"]) == len(rows)
        assert await connection.fetchval("SELECT count(*) FROM mentions") == len(outputs)
        assert await connection.fetchval("SELECT max(revision) FROM mentions") == 2

    run(database, check)


def test_a_revision_replaces_rows_and_a_retraction_deletes_them(database: str) -> None:
    """A later revision changes every column that it can change, and the entities that it lost are in no query."""
    outputs, processor = make_day()
    article = ARTICLES[3]
    assert article.entities
    (entity,) = article.entities
    sentiment = entity.sentiment.model_copy(
        update={"polarity": "negative", "negative": 0.75, "neutral": 0.25, "positive": 0.0}
    )
    other = entity.model_copy(update={"id": "e2", "key": "nil:other", "name": "Other"})
    changed = entity.model_copy(update={"name": "Renamed", "salience": 0.25, "sentiment": sentiment})
    both, one = (
        revise(article, mark).model_copy(update={"entities": entities})
        for mark, entities in (("b", (changed, other)), ("c", (other,)))
    )
    later, last = (select_rows(process(processor, [each])) for each in (both, one))

    async def check(connection: asyncpg.Connection) -> None:
        await insert(connection, [*outputs, *later, *outputs])
        found = await connection.fetchrow(
            "SELECT revision, name, salience, polarity, negative, neutral, positive FROM mentions "
            "WHERE article = $1 AND entity = $2", article.id, entity.key,
        )  # fmt: skip
        assert tuple(found) == (2, "Renamed", 0.25, "negative", 0.75, 0.25, 0.0)
        await insert(connection, last)
        names = await connection.fetch("SELECT name FROM latest_mentions WHERE article = $1", article.id)
        assert [one["name"] for one in names] == ["Other"]
        await connection.execute(read_statements()["DELETE FROM"], article.id)
        assert await connection.fetchval("SELECT count(*) FROM mentions WHERE article = $1", article.id) == 0

    run(database, check)
