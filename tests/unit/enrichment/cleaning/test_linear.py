"""Cleaning takes time in proportion to its input, whatever stands in it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.unit.enrichment.cleaning.accounting import clean_html, clean_text

SMALL, LARGE = 20_000, 160_000
"""Characters; the larger is eight times the smaller."""

MOST = 30.0
"""Times as long that eight times the text may take: linear is 8, quadratic 64."""

LEAST_SECONDS = 0.005
"""Taken for the smaller text where it was quicker, so that the clock's noise is no growth."""


def measure(text: str, read: Callable[[str], object] = clean_text) -> float:
    """CPU seconds of the quicker of two runs."""
    seconds = []
    for _ in range(2):
        began = time.process_time()
        read(text)
        seconds.append(time.process_time() - began)
    return min(seconds)


@pytest.mark.parametrize(
    "unit",
    [" ", ".", "a@", "[", "[(", "1 ", "Share ", "- ", "a.b ", "By A", "\n", "x\n", "Photo by ", "(AP) -- ", "1 2 3\n"],
)
def test_one_line_of_one_thing(unit: str) -> None:
    """Many of one thing take no more than in proportion to an eighth of them."""
    small, large = (unit * (size // len(unit)) for size in (SMALL, LARGE))

    assert measure(large) <= MOST * max(LEAST_SECONDS, measure(small))


@pytest.mark.parametrize(
    "unit", ['<div class="article"><p>a<p>b', "<time ", "<time datetime=2026-03-02>x", "<meta a=b c"]
)
def test_a_page_of_one_thing(unit: str) -> None:
    """What is looked for in markup is found in one go, too."""
    small, large = (unit * (size // len(unit)) for size in (SMALL, LARGE))

    assert measure(large, clean_html) <= MOST * max(LEAST_SECONDS, measure(small, clean_html))
