"""Suggestions for topics that do not exist."""

from __future__ import annotations

import pytest

from services.cli.kafka.suggestions import MAX_LISTED, suggest_topic

TOPICS = (
    "news.articles.raw.v1",
    "news.articles.raw.v1.dlq",
    "news.articles.enriched.v1",
    "news.routed.rest.v1",
    "news.routed.wind-farms.v1",
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("wind-farms", "news.routed.wind-farms.v1"),
        ("news.routed.windfarm.v1", "news.routed.wind-farms.v1"),
        ("routed.wind-farms", "news.routed.wind-farms.v1"),
        ("News.Routed.Wind-Farms.v1", "news.routed.wind-farms.v1"),
        ("news.articles.enrichd.v1", "news.articles.enriched.v1"),
        ("enriched", "news.articles.enriched.v1"),
        ("news.articles.rawe.v1.dlq", "news.articles.raw.v1.dlq"),
    ],
)
def test_the_topic_that_is_meant_is_suggested(written: str, meant: str) -> None:
    """A misspelt topic, a route's name and a topic's last word find the topic."""
    assert suggest_topic(written, TOPICS) == f"; did you mean {meant}?"


@pytest.mark.parametrize("written", ["news.routed.budgets.v1", "budgets", ""])
def test_nothing_alike_lists_the_routed_topics(written: str) -> None:
    """A name that only shares what all topics share is compared to none of them: the routed topics are listed."""
    assert suggest_topic(written, TOPICS) == (
        "; the routed topics are news.routed.rest.v1, news.routed.wind-farms.v1; copydesk topics creates missing ones"
    )


def test_many_routed_topics_are_counted() -> None:
    """The error lists the first of many routed topics and counts the others."""
    words = suggest_topic("x", [f"news.routed.r{number:03}.v1" for number in range(MAX_LISTED + 5)])
    assert words.endswith(f"r{MAX_LISTED - 1:03}.v1 and 5 more; copydesk topics creates missing ones")


def test_without_routed_topics_the_command_that_creates_them_is_named() -> None:
    """The error for a broker without routed topics names `copydesk topics`."""
    assert "copydesk topics" in suggest_topic("news.routed.rest.v1", [])
