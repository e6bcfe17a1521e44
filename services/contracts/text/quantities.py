"""Numbers and durations in words, which the terminal and the page show alike."""

from __future__ import annotations

from typing import Final

DAY_SECONDS: Final = 86_400
UNITS: Final = {"day": DAY_SECONDS, "hour": 3_600, "minute": 60}
"""Units of a duration, in seconds, the largest first."""
CERTAIN: Final = 0.995
"""Probability from which a rounded percentage would be 100%."""


def write_count(number: int, one: str, many: str) -> str:
    """Return a number of things in words, given the words for one and for many: `1 copy`, `2 copies`."""
    return f"{number:,} {one if number == 1 else many}"


def count_articles(number: int) -> str:
    """Return a number of articles in words: `1 article`, `2 articles`."""
    return write_count(number, "article", "articles")


def write_duration(seconds: float) -> str:
    """Return a duration in its largest unit and the next one: `2 days 4 hours`."""
    rest, parts = int(max(0.0, seconds)), []
    for unit, length in UNITS.items():
        number, rest = divmod(rest, length)
        if number:
            parts.append(write_count(number, unit, f"{unit}s"))
        elif parts:
            break
    return " ".join(parts[:2]) or "less than a minute"


def write_likelihood(probability: float) -> str:
    """Return an estimated probability as a percentage. No estimate is certain: the highest is "more than 99%"."""
    return f"{probability:.0%}" if probability < CERTAIN else "more than 99%"
