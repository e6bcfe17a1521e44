"""Stories and the articles of a story, read from Kafka."""

from __future__ import annotations

from pydantic import ValidationError
from rich.live import Live

from services.cli.console.progress import results_console
from services.cli.kafka.tail import read_committed
from services.cli.kafka.whole_topic import read_whole_topic
from services.cli.stories.showing import build_table
from services.contracts import topics
from services.contracts.event import EnrichedArticle
from services.contracts.headers import ENRICHED_TYPE, RETRACTED_TYPE, has_type
from services.contracts.stories.articles import StoryLine, describe_articles
from services.contracts.stories.listing import find_current, is_outdated, sort_stories
from services.contracts.stories.record import StoryRecord
from services.contracts.topics import TopicLayout
from services.errors import ConfigurationError
from services.runtime.service.settings import KafkaSettings


class StoryTopic:
    """The latest state of each story that was read."""

    def __init__(self) -> None:
        self._held: dict[str, StoryRecord] = {}

    def add(self, value: bytes | None) -> None:
        """Add a record of the topic. One that is no story is left out."""
        try:
            record = StoryRecord.model_validate_json(value or b"")
        except ValidationError:
            return
        if not is_outdated(record, self._held.get(record.id)):
            self._held[record.id] = record

    def list_stories(self) -> list[StoryRecord]:
        """Return the stories that are not merged into another one, the largest first."""
        return sort_stories(self._held.values())

    def find(self, beginning: str) -> StoryRecord:
        """Return the story whose id has a beginning, or the one that has the articles of that story now.

        Raises ConfigurationError if there is none, or more than one.
        """
        found = [story_id for story_id in self._held if story_id.startswith(beginning)]
        if len(found) != 1 and beginning not in found:
            many = f"{len(found)} stories have ids that begin" if found else "no story has an id that begins"
            raise ConfigurationError(f"{many} with {beginning}; `copydesk stories` shows the ids")
        current = find_current(beginning if beginning in found else found[0], self.list_merged())
        if current not in self._held:
            raise ConfigurationError(f"the story {beginning} is merged into {current}, which the topic does not have")
        return self._held[current]

    def list_merged(self) -> dict[str, str]:
        """Return, for each merged story, the story into which it was merged."""
        return {one.id: one.merged_into for one in self._held.values() if one.merged_into is not None}


async def read_stories(kafka: KafkaSettings, layout: TopicLayout) -> StoryTopic:
    """Return the stories of the stream as they are now."""
    stories = StoryTopic()
    async for record in read_whole_topic(kafka, layout.name(topics.STORIES)):
        stories.add(record.value)
    return stories


async def follow_stories(kafka: KafkaSettings, layout: TopicLayout, limit: int) -> None:
    """Show the table of the stories, again after every change, until the process is interrupted."""
    stories = StoryTopic()
    async with read_committed(kafka, layout.name(topics.STORIES)) as consumer:
        with Live(console=results_console, auto_refresh=False) as live:
            while True:
                fetched = await consumer.getmany(timeout_ms=1_000)
                for records in fetched.values():
                    for record in records:
                        stories.add(record.value)
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
