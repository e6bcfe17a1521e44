"""Stories on the command line: articles of files in groups, and what each article of a story added."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, RenderableType
from typer.testing import CliRunner

from services.cli.__main__ import build_app
from services.cli.stories.invented.events import read_events
from services.cli.stories.latest import LatestStories
from services.cli.stories.showing import build_table, render_story
from services.contracts.event import StoryReason
from services.contracts.stories.articles import describe_articles
from services.contracts.stories.record import StoryRecord
from services.errors import ConfigurationError
from tests.support.page_events import add_story, build_page_event, build_story


def test_files_are_grouped_into_stories(tmp_path: Path) -> None:
    """Articles of a file are printed as stories, the largest first; a bad line is reported and the others count."""
    rows = read_events()[:24]
    lines = [
        json.dumps(
            {"content": row["text"], "title": row["headline"], "source": row["source"], "url": f"https://{n}.example/"}
        )
        for n, row in enumerate(rows)
    ]
    file = tmp_path / "articles.jsonl"
    file.write_text("\n".join([*lines, "{}"]) + "\n")
    result = CliRunner().invoke(build_app(), ["stories", str(file), "--limit", "3"])
    assert result.exit_code == 0, result.output
    found = [StoryRecord.model_validate_json(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert len(found) == 3
    assert [one.articles for one in found] == sorted((one.articles for one in found), reverse=True)
    assert found[0].articles > 3 and found[0].sources > 1
    told = CliRunner().invoke(build_app(), ["stories", str(file), "--id", found[0].id[:8]])
    first, *others = [json.loads(line) for line in told.stdout.splitlines() if line.startswith("{")]
    assert first["id"] == found[0].first and first["is_first"]
    assert len(others) == found[0].articles - 1 and all(line["reasons"] or line["is_first"] for line in others)


def print_to(width: int, shown: RenderableType) -> str:
    """Return what a terminal with some columns shows."""
    console = Console(width=width, file=StringIO(), color_system=None, markup=False, highlight=False)
    console.print(shown)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_table_fits_the_terminal(width: int) -> None:
    """Each story has one line with its numbers and the beginning of its id; a wide terminal also has the names."""
    long = build_story("0123456789abcdef", articles=1_200, sources=90, headline="Storm [closes] the port " * 9)
    lines = print_to(width, build_table([long, build_story("small")], 1, width)).splitlines()
    assert max(map(len, lines)) <= width
    assert lines[0].strip() == "2 stories, 1 are shown"
    (row,) = [line for line in lines if "1,200" in line]
    assert "01234567" in row and "Storm [closes]" in row
    assert ("Bergen" in row) == (width >= 100)


@pytest.mark.parametrize("width", [80, 100])
def test_a_story_is_shown_with_what_each_article_added(width: int) -> None:
    """Each article has its headline, source, time after the first one, verdict, new names, other facts and reasons."""
    because = (StoryReason(kind="names", values=("Acme",)), StoryReason(kind="other_numbers", values=("dead 14",)))
    first = add_story(build_page_event("first", headline="First take"), "s")
    second = add_story(
        build_page_event("second", headline="Later", body="Per Dahl spoke.", names=(("Per Dahl", "PER", "neutral"),)),
        "s",
        2,
        because,
    )
    text = print_to(width, render_story(build_story("s", articles=2), describe_articles([second, first])))
    assert max(map(len, text.splitlines())) <= width
    joined = " ".join(text.split())
    for expected in (
        "2 articles · 2 independent sources · 1 copy · open story s",
        "1 First take bbc.co.uk · original · opened the story names: Bergen, Anna Berg",
        "2 Later bbc.co.uk · original · 91% likely the same event new names: Per Dahl other numbers and dates: dead 14",
        "The same names: Acme.",
    ):
        assert expected in joined


def test_a_story_is_found_by_the_beginning_of_its_id() -> None:
    """A unique beginning is enough, a merged story leads to the other one, and the errors name the way out."""
    topic = LatestStories()
    for record in (
        build_story("aa1"),
        build_story("aa2"),
        build_story("b").model_copy(update={"status": "merged", "merged_into": "aa1"}),
    ):
        topic.read(record.to_bytes())
    topic.read(b"{}")
    assert topic.find("aa2").id == "aa2"
    assert topic.find("b").id == "aa1"
    with pytest.raises(ConfigurationError, match="2 stories have ids that begin with a"):
        topic.find("a")
    with pytest.raises(ConfigurationError, match="no story has an id that begins with x"):
        topic.find("x")


def test_the_demo_of_stories_takes_no_files() -> None:
    """Files and invented events are two demos."""
    result = CliRunner().invoke(build_app(), ["demo", "--stories", "articles.jsonl"])
    assert result.exit_code == 2
