"""Spellings of names: trimming and shown names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.entities.names.surfaces import clean_name, trim_surface


@pytest.mark.parametrize(
    ("text", "trimmed"),
    [
        ("Tarnby's", "Tarnby's"),
        ("Harbour Workers'", "Harbour Workers"),
        ("“Nordic Star”", "Nordic Star"),
        ("O'Neill", "O'Neill"),
        ("“ Nordic", "Nordic"),
        ('"', '"'),
        ("Tarnby,", "Tarnby"),
        ("Tarnby (", "Tarnby"),
        ("Harbour Authority (Tarnby)", "Harbour Authority (Tarnby)"),
        ("Nordic+", "Nordic+"),
        ("U.S.", "U.S."),
        ("Tarnby - yesterday", "Tarnby"),
        ("Tarnby - Velm", "Tarnby - Velm"),
    ],
)
def test_surrounding_marks_are_trimmed(text: str, trimmed: str) -> None:
    """A surface loses the punctuation around it, and nothing else."""
    start, end = trim_surface(text)
    assert text[start:end] == trimmed


@given(st.text(min_size=1, max_size=20))
def test_trimming_leaves_something(text: str) -> None:
    """Trimming never removes the whole surface."""
    start, end = trim_surface(text)
    assert 0 <= start < end <= len(text)


def test_names_are_shown_on_one_line_without_title() -> None:
    """A shown name has no line break, no article in small letters and no title."""
    assert clean_name("President Mara\nLindqvist", "PER") == "Mara Lindqvist"
    assert clean_name("the Harbour Authority", "ORG") == "Harbour Authority"
    assert clean_name("The Hague", "LOC") == "The Hague"
