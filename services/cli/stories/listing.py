"""Stories and the articles of a story, read from Kafka."""

from __future__ import annotations

from rich.live import Live

from services.cli.console.progress import results_console
from services.cli.kafka.tail import read_committed
from services.cli.kafka.whole_topic import read_whole_topic
from services.cli.stories.latest import LatestStories
from services.cli.stories.showing import build_table
from services.contracts import topics
from services.contracts.event import EnrichedArticle
from services.contracts.headers import ENRICHED_TYPE, RETRACTED_TYPE, has_type
from services.contracts.stories.articles import StoryLine, describe_articles
from services.contracts.stories.listing import find_current
from services.contracts.stories.record import StoryRecord
from services.contracts.topics import TopicLayout
from services.runtime.service.settings import KafkaSettings


async def read_stories(kafka: KafkaSettings, layout: TopicLayout) -> LatestStories:
    """Return the stories of the stream as they are now."""
    stories = LatestStories()
    async for record in read_whole_topic(kafka, layout.name(topics.STORIES)):
        stories.read(record.value)
    return stories


async def follow_stories(kafka: KafkaSettings, layout: TopicLayout, limit: int) -> None:
    """Show the table of the stories, again after every change, until the process is interrupted."""
    stories = LatestStories()
    async with read_committed(kafka, layout.name(topics.STORIES)) as consumer:
        with Live(console=results_console, auto_refresh=False) as live:
            while True:
                fetched = await consumer.getmany(timeout_ms=1_000)
                for records in fetched.values():
                    for record in records:
                        stories.read(record.value)
                live.update(build_table(stories.list_stories(), limit, results_console.width), refresh=True)


async def read_story(beginning: str, kafka: KafkaSettings, layout: TopicLayout) -> tuple[StoryRecord, list[StoryLine]]:
    """Return the story whose id has a beginning, with its articles in the order of their arrival.

    A merged story has those of the story into which it was merged. Raises ConfigurationError if there is no such story.
    """
    stories = await read_stories(kafka, layout)
    story, merged = stories.find(beginning), stories.list_merged()
    events: dict[str, EnrichedArticle] = {}
    async for record in read_whole_topic(kafka, layout.name(topics.ENRICHED)):
        if has_type(record.headers, ENRICHED_TYPE):
            event = EnrichedArticle.model_validate_json(record.value or b"")
            if event.story is not None and find_current(event.story.id, merged) == story.id:
                events[event.id] = event
        elif has_type(record.headers, RETRACTED_TYPE):
            events.pop((record.key or b"").decode(errors="replace"), None)
    return story, describe_articles(events.values())
