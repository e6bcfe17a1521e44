"""Bylines and their names."""

from __future__ import annotations

import pytest

from services.enrichment.cleaning.fields.bylines import find_names


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
