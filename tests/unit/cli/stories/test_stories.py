"""Stories on the command line: articles of files in groups, and what each article of a story added."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic_core import to_json
from typer.testing import CliRunner

from services.cli.__main__ import build_app
from services.cli.stories.listing import build_story_table, build_table, describe_articles, sort_stories
from services.contracts.event import Story, StoryReason
from services.contracts.stories.record import StoryRecord
from tests.support.events import build_entity, build_event
from tests.support.story_events import read_events


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


def test_an_article_adds_names_and_other_facts() -> None:
    """Each line has the names that no earlier article has, and the facts that differ."""
    first = build_event(story=Story(id="a", is_first=True, size=1, sources=1), entities=(build_entity("Acme", "ORG"),))
    because = (StoryReason(kind="names", values=("Acme",)), StoryReason(kind="other_numbers", values=("dead 14",)))
    joined = Story(id="a", is_first=False, size=2, sources=1, similarity=0.91, because=because)
    second = build_event(story=joined, entities=(build_entity("Acme", "ORG"), build_entity("Anna Berg", "PER")))
    lines = describe_articles([first, second])
    assert [(line.place, line.names, line.other_facts) for line in lines] == [
        ("first", ("Acme",), ()),
        ("0.91", ("Anna Berg",), ("dead 14",)),
    ]
    assert json.loads(to_json(lines[1]))["names"] == ["Anna Berg"]
    assert build_story_table(lines).row_count == 2


def test_merged_stories_are_not_listed() -> None:
    """The table has open and closed stories, the largest first."""
    example = json.loads((Path(__file__).parents[4] / "schemas/examples/news.story.v1/merged.json").read_text())
    merged = StoryRecord.model_validate(example)
    small = merged.model_copy(update={"id": "s", "status": "open", "articles": 2})
    large = merged.model_copy(update={"id": "l", "status": "closed", "articles": 9})
    assert [one.id for one in sort_stories([small, merged, large])] == ["l", "s"]
    assert build_table([large, small], 1).row_count == 1
