"""The command `copydesk enrich`: each article has one result."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from services.cli.articles.enrich import LocalEnricher, print_events
from services.contracts.event import EnrichedArticle
from services.contracts.raw import RawArticle
from services.enrichment.pipeline import Pipeline
from services.ingest.entries import Entry, UnreadableEntry
from services.outcomes import Reason
from tests.support.fake_encoder import FakeEncoder
from tests.support.fake_topics import FakeTopicClassifier


class FailingEnricher(LocalEnricher):
    """An enricher that raises an exception no code foresees on an article with the word "crash"."""

    def enrich(self, raw: RawArticle, arrived: datetime) -> EnrichedArticle:
        """Return the event of an article, or fail."""
        if "crash" in raw.content:
            raise IndexError("list index out of range")
        return super().enrich(raw, arrived)


def build_articles() -> Iterator[Entry | UnreadableEntry]:
    """Yield a good article, one that crashes, one that is invalid, one that is unreadable, and a good one."""
    yield Entry({"content": "The council of Cork voted for the bridge."}, 1)
    yield Entry({"content": "This one makes it crash."}, 2)
    yield Entry({"content": "A council.", "url": "nowhere"}, 3)
    yield UnreadableEntry(Reason.INVALID_JSON, "expected value at line 1", 4)
    yield Entry({"content": "The mayor of Bergen opened the harbour."}, 5)


def test_a_bad_article_costs_no_other(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Each good article has its event, each other one a line with its position and reason, and the exit code is 1."""
    enricher = FailingEnricher(Pipeline(FakeEncoder(), FakeTopicClassifier(), max_encoded_words=100))

    code = print_events(enricher, build_articles())

    captured = capfdbinary.readouterr()
    events = [EnrichedArticle.model_validate_json(line) for line in captured.out.splitlines()]
    errors = " ".join(captured.err.decode().split())
    assert code == 1
    assert [event.article.body for event in events] == [
        "The council of Cork voted for the bridge.",
        "The mayor of Bergen opened the harbour.",
    ]
    assert "article:2: unexpected: IndexError" in errors
    assert "article:3: invalid_article: url" in errors
    assert "article:4: invalid_json" in errors


def test_good_articles_alone_are_a_success() -> None:
    """The exit code is 0 if every article has an event."""
    enricher = LocalEnricher(Pipeline(FakeEncoder(), FakeTopicClassifier(), max_encoded_words=100))

    assert print_events(enricher, [Entry({"content": "The council of Cork voted for the bridge."})]) == 0


def test_an_article_is_compared_with_remembered_events() -> None:
    """An event of a stream is the original of its copy, and of itself, as match would judge."""
    text = " ".join(f"The council of town number {number} voted for a bridge." for number in range(20))
    arrived = datetime(2026, 3, 14, tzinfo=UTC)
    elsewhere = LocalEnricher(Pipeline(FakeEncoder(), FakeTopicClassifier(), max_encoded_words=100))
    event = elsewhere.enrich(RawArticle(content=text, url="https://a.example/1"), arrived)
    enricher = LocalEnricher(Pipeline(FakeEncoder(), FakeTopicClassifier(), max_encoded_words=100))
    for _ in range(2):
        enricher.remember(event)

    copy = enricher.enrich(RawArticle(content=text, url="https://b.example/2"), arrived)
    same = enricher.enrich(RawArticle(content=text, url="https://a.example/1"), arrived)

    assert (copy.duplicate.verdict, copy.duplicate.duplicate_of) == ("exact", event.id)
    assert (same.id, same.duplicate) == (event.id, event.duplicate)
