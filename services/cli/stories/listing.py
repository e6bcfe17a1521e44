"""Stories and the articles of a story, read from Kafka and shown as tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import ValidationError
from rich.live import Live
from rich.table import Table

from services.cli.console.progress import results_console
from services.cli.kafka.tail import read_committed
from services.cli.kafka.whole_topic import read_whole_topic
from services.contracts import topics
from services.contracts.event import EnrichedArticle
from services.contracts.headers import ENRICHED_TYPE, has_type
from services.contracts.stories.record import StoryRecord
from services.contracts.topics import TopicLayout
from services.runtime.service.settings import KafkaSettings

SHOWN_NAMES: Final = 6
"""Names of a story or an article that a table shows."""
TIME: Final = "%d %b %H:%M"


@dataclass(frozen=True, slots=True)
class StoryLine:
    """An article of a story, and what it added."""

    id: str
    at: datetime | None
    source: str | None
    headline: str | None
    place: str
    """Reason why it belongs to the story: it is the first article, it is a copy, or the probability."""
    names: tuple[str, ...]
    """Entities that no earlier article of the story names."""
    other_facts: tuple[str, ...]
    """Numbers and dates that differ from those of the earlier articles."""


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
    """Return the articles of a story and of those that were merged into it, in the order of their arrival."""
    members = {story_id}
    merged: dict[str, str] = {}
    async for record in read_whole_topic(kafka, layout.name(topics.STORIES)):
        found = StoryRecord.model_validate_json(record.value or b"")
        if found.merged_into is not None:
            merged[found.id] = found.merged_into
    while grown := {one for one, into in merged.items() if into in members} - members:
        members |= grown
    events: dict[str, EnrichedArticle] = {}
    async for record in read_whole_topic(kafka, layout.name(topics.ENRICHED)):
        if has_type(record.headers, ENRICHED_TYPE):
            event = EnrichedArticle.model_validate_json(record.value or b"")
            if event.story is not None and event.story.id in members:
                events[event.id] = event
    ordered = sorted(events.values(), key=lambda event: (str(event.article.ingested_at), event.id))
    return describe_articles(ordered)


def describe_articles(events: Iterable[EnrichedArticle]) -> list[StoryLine]:
    """Return a line for each article of a story, given in the order of arrival."""
    seen: set[str] = set()
    lines = []
    for event in events:
        story = event.story
        entities = [(entity.key or entity.name, entity.name) for entity in event.entities or ()]
        new = {key: name for key, name in entities if key not in seen}
        seen.update(new)
        reasons = {reason.kind: reason.values for reason in story.because} if story is not None else {}
        lines.append(
            StoryLine(
                id=event.id,
                at=event.article.ingested_at,
                source=event.article.source,
                headline=event.article.headline,
                place=_name_place(event),
                names=tuple(new.values()),
                other_facts=(*reasons.get("other_numbers", ()), *reasons.get("other_dates", ())),
            )
        )
    return lines


def _name_place(event: EnrichedArticle) -> str:
    story = event.story
    if story is None or story.is_first:
        return "first"
    if story.because and story.because[0].kind == "copy":
        return f"copy ({event.duplicate.verdict})"
    return f"{story.similarity:.2f}"


def sort_stories(found: Iterable[StoryRecord]) -> list[StoryRecord]:
    """Return stories by their number of articles, the largest first; those with equal numbers, the latest first."""
    open_or_closed = [record for record in found if record.status != "merged"]
    return sorted(open_or_closed, key=lambda one: (-one.articles, -one.updated_at.timestamp(), one.id))


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
