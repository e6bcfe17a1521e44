"""Rules for several lines together: galleries and rows of times."""

from __future__ import annotations

from services.enrichment.cleaning.lines.labelling import label_by_rules
from services.enrichment.cleaning.lines.line import split_lines

STORY = [
    f"In week {number} of the drought the wells of Tamsk were lower than in any summer since the records began, and the"
    " council sent water by train from the lakes in the north to each of the nine villages."
    for number in range(6)
]
PICTURES = [f"- {number}/5 A well in the village number {number}" for number in range(1, 6)]


def list_labels(texts: list[str]) -> list[str | None]:
    """Return the labels of the lines."""
    lines = split_lines("\n".join(texts))
    label_by_rules(lines)
    return [line.label for line in lines]


def test_a_gallery_within_a_story() -> None:
    """The counted texts of a gallery are removed, with the lines between them, and the story stays."""
    counted = [text for picture in PICTURES for text in (picture, "A bucket and a rope")]
    labels = list_labels([*STORY[:3], *counted, *STORY[3:]])
    assert labels == [None] * 3 + ["gallery"] * 9 + [None] * 4


def test_a_gallery_that_is_the_article() -> None:
    """The texts of a gallery stay where the page has no other text."""
    assert list_labels([STORY[0], *PICTURES]) == [None] * 6


def test_fractions_and_scores_are_no_gallery() -> None:
    """Lines that begin with other figures stay."""
    assert list_labels([*STORY, "1/2 cup of flour", "1/4 cup of oil", "3/4 cup of milk"]) == [None] * 9
    assert list_labels([*STORY, "1/5 of the wells", "2/3 of the lakes", "1/5 of the rivers"]) == [None] * 9


def test_rows_of_times_stay() -> None:
    """Times in a row are a table; one or two times above a story are its publication and its change."""
    rows = [f"2026-03-0{day} 14:05" for day in range(1, 6)]
    assert list_labels([*STORY, *rows]) == [None] * 11
    assert list_labels([*rows[:2], *STORY])[:2] == ["timestamp"] * 2
