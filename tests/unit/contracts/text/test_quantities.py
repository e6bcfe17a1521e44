"""Numbers and durations are words that a person reads."""

from __future__ import annotations

import pytest

from services.contracts.text.quantities import count_articles, write_duration, write_likelihood


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-5, "less than a minute"),
        (59, "less than a minute"),
        (61, "1 minute"),
        (7_500, "2 hours 5 minutes"),
        (86_400, "1 day"),
        (86_400 + 120, "1 day"),
        (2 * 86_400 + 4 * 3_600 + 59, "2 days 4 hours"),
        (1_000_000 * 86_400, "1,000,000 days"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, expected: str) -> None:
    """The largest unit and the next one are written, in singular and plural."""
    assert write_duration(seconds) == expected


def test_articles_are_counted() -> None:
    """One article is singular, and large numbers have separators."""
    assert [count_articles(number) for number in (0, 1, 1_200)] == ["0 articles", "1 article", "1,200 articles"]


def test_nothing_is_certain() -> None:
    """An estimate is never shown as 100%."""
    assert [write_likelihood(share) for share in (0.5, 0.994, 0.995, 1.0)] == [
        "50%",
        "99%",
        "more than 99%",
        "more than 99%",
    ]
