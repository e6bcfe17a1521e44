"""Stories on the command line: articles of files in groups, and what each article of a story added."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from services.cli.__main__ import build_app
from services.cli.stories.listing import build_story_table, build_table
from services.contracts.stories.articles import describe_articles
from services.contracts.stories.record import StoryRecord
from tests.support.events import build_event
from tests.support.page_events import build_story
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


def test_the_tables_have_a_row_for_each() -> None:
    """The tables have the largest stories, and the articles of one."""
    assert build_table([build_story("large", articles=9), build_story("small")], 1).row_count == 1
    assert build_story_table(describe_articles([build_event()])).row_count == 1
