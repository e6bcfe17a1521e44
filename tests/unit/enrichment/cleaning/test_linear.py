"""The time of cleaning is proportional to the length of the input, for any input."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.support.span_accounting import clean_html, clean_text

SMALL, LARGE = 20_000, 160_000
"""Characters of the two inputs; the larger has eight times as many as the smaller."""

MAX_RATIO = 30.0
"""Largest ratio of the times for the two inputs: linear time has 8, quadratic time 64."""

BLOCK = '<script type="application/ld+json">'

MIN_SECONDS = 0.005
"""Minimum time that counts for the smaller input, so that the inaccuracy of the clock does not look like growth."""


def measure(text: str, read: Callable[[str], object] = clean_text) -> float:
    """Return the CPU seconds of the faster of two runs."""
    seconds = []
    for _ in range(2):
        began = time.process_time()
        read(text)
        seconds.append(time.process_time() - began)
    return min(seconds)


@pytest.mark.parametrize(
    "unit",
    [
        " ",
        ".",
        "a@",
        "[",
        "[(",
        "1 ",
        "Share ",
        "- ",
        "a.b ",
        "By A",
        "\n",
        "x\n",
        "Photo by ",
        "(AP) -- ",
        "1 2 3\n",
        " \n",
        "A\n, b\n",
    ],
)
def test_text_of_one_repeated_unit_takes_linear_time(unit: str) -> None:
    """A text of one repeated unit takes time in proportion to its length."""
    small, large = (unit * (size // len(unit)) for size in (SMALL, LARGE))

    assert measure(large) <= MAX_RATIO * max(MIN_SECONDS, measure(small))


@pytest.mark.parametrize(
    "unit",
    [
        *('<div class="article"><p>a<p>b', "<time ", "<time datetime=2026-03-02>x", "<meta a=b c"),
        *("<article>", "<article></main>", "</div>", "<h1>A word</h1><title>Another</title>"),
        *(f"{BLOCK}{{", f"{BLOCK}/*"),
        *("<meta a=", "<script>", "<head>", "<!--", "<h1>", "<nav>", "<nav><aside><button>"),
    ],
)
def test_page_of_one_repeated_unit_takes_linear_time(unit: str) -> None:
    """A page of one repeated unit takes time in proportion to its length."""
    small, large = (unit * (size // len(unit)) for size in (SMALL, LARGE))

    assert measure(large, clean_html) <= MAX_RATIO * max(MIN_SECONDS, measure(small, clean_html))


@pytest.mark.parametrize(
    ("before", "unit", "after"),
    [
        ("{", "/* ", ""),
        ("{", "\n", "x"),
        ("{--> ", " ", "x"),
        ("{", "--> ", "x"),
        ("{", '"\\"', ""),
        ('{"@type":"NewsArticle","headline":"', "One word - ", '"}'),
        ('{"@type":"NewsArticle","author":["x"', ',"Ann"', "]}"),
        (
            '{"@type":"NewsArticle","isAccessibleForFree":false,"hasPart":{"isAccessibleForFree":false,"cssSelector":"',
            ".a,",
            '"}}',
        ),
    ],
)
def test_json_ld_of_one_repeated_unit_takes_linear_time(before: str, unit: str, after: str) -> None:
    """A block of JSON-LD, valid or not, takes time in proportion to its length."""
    elements = "<div class=b><p>Nine of ten members voted for the bridge on Monday, the mayor said.</p></div>" * 20
    small, large = (
        f"<html>{BLOCK}{before}{unit * (size // len(unit))}{after}</script><body>{elements}" for size in (SMALL, LARGE)
    )

    assert measure(large, clean_html) <= MAX_RATIO * max(MIN_SECONDS, measure(small, clean_html))
