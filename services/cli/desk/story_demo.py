"""`copydesk demo --stories`: invented events through the whole stream, and the stories that form of their articles."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from services.cli.console.hints import print_next_steps
from services.cli.console.progress import print_error, print_status, results_console
from services.cli.desk.arrivals.collect import collect, wait_for_arrivals
from services.cli.desk.arrivals.results import RunResults
from services.cli.desk.demo import PATIENCE
from services.cli.desk.processes.run_folder import open_run_folder
from services.cli.desk.processes.stack import Stack, run_stack
from services.cli.stories.latest import LatestStories
from services.cli.stories.listing import read_stories
from services.cli.stories.showing import render_story
from services.contracts.headers import LOG_TIME_HEADER
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.contracts.stories.articles import describe_articles
from services.contracts.stories.listing import find_current
from services.contracts.stories.record import StoryRecord
from services.contracts.text.quantities import count_articles
from services.contracts.topics import RAW
from services.ingest.normalise import build_publication
from services.runtime.kafka.records import OutputRecord
from services.runtime.kafka.transactions import open_transactions, write_together

SHOWN: Final = 3
"""Stories that are shown with their articles."""
SEVERAL: Final = 2
GROUP: Final = 60
"""Articles that are written together."""

NEXT_STEPS: Final = {
    "stories FILE": "the stories of articles of your own, without Kafka",
    "up": "the same stream until Ctrl-C; in another terminal:",
    "send FILE": "  articles of your own into it",
    "stories --follow": "  its largest stories, again after each change",
    "page": "  its stories in a browser",
}
"""Commands to type after the demo, and what each does."""


@dataclass(frozen=True, slots=True)
class _Told:
    """An article of an invented event."""

    event: str
    raw: RawArticle
    at: datetime
    """Time at which it arrived in the invented world."""

    @property
    def id(self) -> str:
        """Id of the article."""
        return derive_article_id(self.raw)

    def build_output(self, topic: str) -> OutputRecord:
        """Return its record for the raw topic. A log time, as a replay writes it, makes it an article of its own time.

        All articles are on one partition, because services keep the order of a partition.
        """
        published = build_publication(self.raw)
        log_time = (LOG_TIME_HEADER, str(round(self.at.timestamp() * 1000)).encode())
        return OutputRecord(topic, published.key, published.value, (*published.headers, log_time), 0)


@dataclass(slots=True)
class _Run:
    """Results of the demo."""

    results: RunResults = field(default_factory=RunResults)
    stories: LatestStories = field(default_factory=LatestStories)
    events: dict[str, str] = field(default_factory=dict)
    """For each article the invented event."""

    def list_stories(self) -> list[StoryRecord]:
        """Return the stories that articles of the invented events opened. A Kafka that ran before has others, too."""
        return [story for story in self.stories.list_stories() if story.first in self.events]


def demo_stories(environ: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> int:
    """Send invented events through Kafka and the services; return 0 if each article had exactly one outcome, else 1.

    `rows` has the articles as `read_events` returns them. Raises ConfigurationError for wrong settings, and
    TransientError if the desk does not start.
    """
    with open_run_folder("demo") as folder, run_stack(environ, folder, report=print_status) as (stack, _):
        run = asyncio.run(_tell(stack, _build_articles(rows, datetime.now(UTC))))
    _show_largest(run)
    faults = run.results.find_faults(run.events)
    for fault in faults:
        print_error(f"not exactly one outcome: {fault}")
    print_next_steps(NEXT_STEPS, Path(sys.argv[0]))
    return 1 if faults else 0


async def _tell(stack: Stack, articles: Sequence[_Told]) -> _Run:
    """Write the articles in the order of their times, some at a time, and count the stories after each group."""
    run = _Run(events={told.id: told.event for told in articles})
    topic, count = stack.layout.name(RAW), len(set(run.events.values()))
    async with (
        collect(stack.kafka, stack.rules, stack.layout) as run.results,
        open_transactions(stack.kafka, "copydesk-demo") as producer,
    ):
        results_console.print(f"{count} invented events, each told by {count_articles(len(articles) // count)}.\n")
        _print_row("articles", "stories", "of several articles", "of several sources")
        for start in range(0, len(articles), GROUP):
            group = articles[start : start + GROUP]
            outputs = [told.build_output(topic) for told in group]
            await write_together(stack.kafka, producer, outputs, what="write the invented articles")
            seen = [told.id for told in articles[: start + len(group)]]
            await wait_for_arrivals(run.results, seen, patience=PATIENCE)
            run.stories = await read_stories(stack.kafka, stack.layout)
            found = run.list_stories()
            several = sum(story.articles >= SEVERAL for story in found)
            sources = sum(story.sources >= SEVERAL for story in found)
            _print_row(f"{len(seen)} until {group[-1].at:%-d %B}", str(len(found)), str(several), str(sources))
    return run


def _build_articles(rows: Sequence[Mapping[str, Any]], now: datetime) -> list[_Told]:
    """Return the articles of the invented events in the order of their times. The last one is less than a day old."""
    shift = timedelta(days=(now - datetime.fromisoformat(rows[-1]["at"])).days)
    return [_Told(row["event"], _build_raw(row), datetime.fromisoformat(row["at"]) + shift) for row in rows]


def _build_raw(row: Mapping[str, Any]) -> RawArticle:
    address = f"https://{row['source']}/{row['id']}"
    return RawArticle(content=row["text"], title=row["headline"], source=row["source"], url=address, language="en")


def _print_row(articles: str, stories: str, several: str, sources: str) -> None:
    results_console.print(f"{articles:<28}{stories:>8}{several:>22}{sources:>21}", soft_wrap=True)


def _show_largest(run: _Run) -> None:
    """Print how the stories agree with the events, and the largest stories with what each article added."""
    merged, stories = run.stories.list_merged(), run.list_stories()
    members = defaultdict(list)
    for article_id in run.events:
        event = run.results.events.get(article_id)
        if event is not None and event.story is not None:
            members[find_current(event.story.id, merged)].append(event)
    told = [[run.events[event.id] for event in events] for events in members.values()]
    sizes = Counter(run.events.values())
    whole = sum(len(set(names)) == 1 and len(names) == sizes[names[0]] for names in told)
    results_console.print(
        f"\n{whole} of the {len(sizes)} events are exactly one story. The events are in pairs that are easily confused."
        f"\nThe {SHOWN} largest stories; copies count as articles, but not as independent sources:",
        soft_wrap=True,
    )
    for story in stories[:SHOWN]:
        results_console.print()
        results_console.print(render_story(story, describe_articles(members[story.id])))
