"""Stories on a terminal: the table of the largest ones, and one story with what each article added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.cli.console.wording import SHOWN_ID_CHARACTERS
from services.contracts.event.words import VERDICTS
from services.contracts.stories.articles import StoryLine, describe_place
from services.contracts.stories.record import StoryRecord
from services.contracts.text.quantities import count_articles, write_count, write_duration

SHOWN_NAMES: Final = 6
"""Names of a story or an article that are shown."""
TIME: Final = "%-d %b %H:%M"
WIDE: Final = 96
"""Columns from which the table has room for names."""


def build_table(found: Sequence[StoryRecord], limit: int, width: int, *, has_times: bool = True) -> Table:
    """Build the table of the first stories, for a terminal of `width` columns. Ids are shortened.

    Without `has_times` no time is shown: the stories of files have no time of arrival.
    """
    shown = f", {limit} are shown" if len(found) > limit else ""
    table = Table(
        title=f"{write_count(len(found), 'story', 'stories')}{shown}",
        title_justify="left",
        box=SIMPLE_HEAD,
        expand=True,
    )
    is_wide = width >= WIDE
    for name in ("articles", "copies", "sources") if is_wide else ("articles", "sources"):
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name))
    table.add_column("headline", ratio=3, no_wrap=True, overflow="ellipsis")
    has_names = is_wide and any(record.entities for record in found)
    if has_names:
        table.add_column("names", ratio=2, no_wrap=True, overflow="ellipsis")
    if has_times:
        table.add_column("latest", no_wrap=True, min_width=len("30 Nov 23:59"))
    table.add_column("id", no_wrap=True, min_width=SHOWN_ID_CHARACTERS)
    for record in found[:limit]:
        names = ", ".join(entity.name for entity in record.entities[:SHOWN_NAMES])
        counts = (record.articles, record.copies, record.sources) if is_wide else (record.articles, record.sources)
        table.add_row(
            *(f"{count:,}" for count in counts),
            Text(_name_story(record)),
            *((Text(names),) if has_names else ()),
            *((record.updated_at.strftime(TIME),) if has_times else ()),
            record.id[:SHOWN_ID_CHARACTERS],
        )
    return table


def render_story(record: StoryRecord, lines: Sequence[StoryLine]) -> RenderableType:
    """Return a story with its articles, and what each of them added."""
    facts = [count_articles(record.articles), write_count(record.sources, "independent source", "independent sources")]
    if record.copies:
        facts.append(write_count(record.copies, "copy", "copies"))
    facts.append(record.status)
    if len(lines) > 1 and lines[0].at is not None:
        facts.append(f"{write_duration((record.updated_at - record.opened_at).total_seconds())} from first to latest")
    articles = Table.grid(padding=(0, 1))
    articles.add_column(style="dim", justify="right", width=3)
    articles.add_column(ratio=1)
    for number, line in enumerate(lines, start=1):
        articles.add_row(str(number), _render_line(line, lines[0]))
    return Group(
        Text(_name_story(record), style="bold"),
        Text(" · ".join(facts)),
        Text(f"story {record.id}", style="dim"),
        articles,
    )


def _render_line(line: StoryLine, first: StoryLine) -> Text:
    text = Text(line.headline or line.opening or "(no headline)")
    text.append("\n" + " · ".join(_list_facts(line, first)), style="dim")
    added = {
        "names" if line.is_first else "new names": line.names[:SHOWN_NAMES],
        "other numbers and dates": line.other_facts,
    }
    for label, values in added.items():
        if values:
            text.append(f"\n{label}: ", style="cyan").append(", ".join(values), style="default")
    if line.reasons and not line.is_copy:
        text.append("\n" + " ".join(line.reasons), style="dim")
    return text


def _list_facts(line: StoryLine, first: StoryLine) -> Iterator[str]:
    yield line.source or "unknown source"
    if line.at is not None and first.at is not None and line is not first:
        yield f"{write_duration((line.at - first.at).total_seconds())} later"
    elif line.at is not None:
        yield f"{line.at.strftime(TIME)} UTC"
    yield VERDICTS[line.verdict]
    yield describe_place(line)


def _name_story(record: StoryRecord) -> str:
    """Return the headline of a story, or the names that most of its articles have."""
    names = ", ".join(entity.name for entity in record.entities[:SHOWN_NAMES])
    return record.headline or (f"(no headline) {names}" if names else "(no headline)")
