"""Stories and the articles of a story, read from Kafka and shown as tables."""

from __future__ import annotations

from typing import Final

from pydantic import ValidationError
from rich.live import Live
from rich.table import Table

from services.cli.console.progress import results_console
from services.cli.kafka.tail import read_committed
from services.cli.kafka.whole_topic import read_whole_topic
from services.contracts import topics
from services.contracts.event import EnrichedArticle
from services.contracts.headers import ENRICHED_TYPE, RETRACTED_TYPE, has_type
from services.contracts.stories.articles import StoryLine, describe_articles
from services.contracts.stories.listing import find_current, sort_stories
from services.contracts.stories.record import StoryRecord
from services.contracts.topics import TopicLayout
from services.runtime.service.settings import KafkaSettings

SHOWN_NAMES: Final = 6
"""Names of a story or an article that a table shows."""
TIME: Final = "%d %b %H:%M"


async def read_stories(kafka: KafkaSettings, layout: TopicLayout) -> list[StoryRecord]:
    """Return the stories that are not merged into another one, the largest first."""
    held: dict[str, StoryRecord] = {}
    async for record in read_whole_topic(kafka, layout.name(topics.STORIES)):
        _add(held, record.value)
    return sort_stories(held.values())


async def follow_stories(kafka: KafkaSettings, layout: TopicLayout, limit: int) -> None:
    """Show the table of the stories, again after every change, until the process is interrupted."""
    held: dict[str, StoryRecord] = {}
    async with read_committed(kafka, layout.name(topics.STORIES)) as consumer:
        with Live(build_table([], limit), console=results_console, auto_refresh=False) as live:
            while True:
                fetched = await consumer.getmany(timeout_ms=1_000)
                for records in fetched.values():
                    for record in records:
                        _add(held, record.value)
                live.update(build_table(sort_stories(held.values()), limit), refresh=True)


async def read_articles_of(story_id: str, kafka: KafkaSettings, layout: TopicLayout) -> list[StoryLine]:
    """Return the articles of a story, in the order of their arrival.

    A merged story has those of the story into which it was merged.
    """
    merged: dict[str, str] = {}
    async for record in read_whole_topic(kafka, layout.name(topics.STORIES)):
        found = StoryRecord.model_validate_json(record.value or b"")
        if found.merged_into is not None:
            merged[found.id] = found.merged_into
    current = find_current(story_id, merged)
    events: dict[str, EnrichedArticle] = {}
    async for record in read_whole_topic(kafka, layout.name(topics.ENRICHED)):
        if has_type(record.headers, ENRICHED_TYPE):
            event = EnrichedArticle.model_validate_json(record.value or b"")
            if event.story is not None and find_current(event.story.id, merged) == current:
                events[event.id] = event
        elif has_type(record.headers, RETRACTED_TYPE):
            events.pop((record.key or b"").decode(errors="replace"), None)
    return describe_articles(events.values())


def build_table(found: list[StoryRecord], limit: int) -> Table:
    """Build the table of the largest stories."""
    table = Table(title=f"{len(found)} stories", title_justify="left")
    for name in ("articles", "sources"):
        table.add_column(name, justify="right")
    for name in ("latest", "headline", "names", "id"):
        table.add_column(name, overflow="fold" if name == "id" else "ellipsis")
    for record in found[:limit]:
        table.add_row(
            str(record.articles),
            str(record.sources),
            record.updated_at.strftime(TIME),
            record.headline or "",
            ", ".join(entity.name for entity in record.entities[:SHOWN_NAMES]),
            record.id,
        )
    return table


def build_story_table(lines: list[StoryLine]) -> Table:
    """Build the table of the articles of a story."""
    table = Table(title=f"{len(lines)} articles", title_justify="left")
    for name in ("arrived", "source", "headline", "likeness", "new names", "other facts"):
        table.add_column(name)
    for line in lines:
        table.add_row(
            line.at.strftime(TIME) if line.at is not None else "",
            line.source or "",
            line.headline or "",
            line.place,
            ", ".join(line.names[:SHOWN_NAMES]),
            ", ".join(line.other_facts),
        )
    return table


def _add(held: dict[str, StoryRecord], value: bytes | None) -> None:
    try:
        record = StoryRecord.model_validate_json(value or b"")
    except ValidationError:
        return
    # A shard that got a language from another one continues its stories on another partition.
    if record.id not in held or held[record.id].version <= record.version:
        held[record.id] = record
