"""Bylines and their names."""

from __future__ import annotations

import pytest

from services.enrichment.cleaning.fields.article_lines import ArticleLines
from services.enrichment.cleaning.fields.bylines import find_names, label_repeated_bylines
from services.enrichment.cleaning.lines.line import split_lines


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Ingrid Larsen", ["Ingrid Larsen"]),
        ("BY INGRID LARSEN AND RUI BRAGANÇA", ["INGRID LARSEN", "RUI BRAGANÇA"]),
        (
            "By Ingrid Larsen, Rui de Bragança and Jean-Luc O’Neill, Staff Writer",
            ["Ingrid Larsen", "Rui de Bragança", "Jean-Luc O’Neill"],
        ),
        ("Von Ingrid Larsen", ["Ingrid Larsen"]),
        ("By Ingrid Larsen | The Associated Press", ["Ingrid Larsen"]),
    ],
)
def test_bylines(line: str, names: list[str]) -> None:
    """Each name of a byline is found, without job titles and agencies."""
    found = find_names(line)

    assert found is not None
    assert [line[start:end] for start, end in found] == names


@pytest.mark.parametrize("line", ["By Christmas", "By the harbour", "By then it was late.", "Ingrid Larsen", ""])
def test_a_line_without_a_name_is_no_byline(line: str) -> None:
    """A line that does not begin with "By" and a person's name is no byline."""
    assert find_names(line) is None


@pytest.mark.parametrize(
    ("line", "is_removed"),
    [
        ("Von Ingrid Larsen, Bergen", True),
        ("INGRID LARSEN / RUI BRAGANÇA", True),
        ("— Rui Bragança", True),
        ("By Rui Bragança in the harbour of Setúbal", True),
        ("Ingrid Larsen, Northern Affairs Correspondent", True),
        ("Ingrid Larsen, the correspondent, was in the harbour.", False),
        ("Ingrid Larsen resigned on Monday", False),
        ("The council of Bergen met on Monday.", False),
    ],
)
def test_lines_that_repeat_the_byline(line: str, is_removed: bool) -> None:
    """A line of a page's body that is only the byline again is removed, and a sentence about the author is not."""
    lines = split_lines(line)
    label_repeated_bylines(ArticleLines(lines), ["Ingrid Larsen", "Rui Bragança"])
    assert (lines[0].label == "byline") is is_removed
