"""Suggestions for misspelt names."""

from __future__ import annotations

import pytest

from services.contracts.text.spelling import find_similar, suggest

CHOICES = ("rules", "group", "ORG", "shutdown_deadline")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("rulez", "rules"), ("Groups", "group"), ("organisation", "ORG"), ("shutdown_dedline", "shutdown_deadline")],
)
def test_a_similar_choice_is_suggested(written: str, meant: str) -> None:
    """A misspelt, longer or differently written name finds the choice that is meant."""
    assert suggest(written, CHOICES) == f"; did you mean {meant}?"


@pytest.mark.parametrize("written", ["", "weights", "x"])
def test_nothing_similar_means_no_suggestion(written: str) -> None:
    """A name that resembles no choice gets no suggestion."""
    assert find_similar(written, CHOICES) is None
    assert suggest(written, CHOICES) == ""
