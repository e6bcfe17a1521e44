"""The topics of an annotated article: when they are there, and why they are not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from services.contracts.event import AnnotatedArticle
from services.contracts.raw import RawArticle
from services.enrichment.pipeline import Pipeline
from services.enrichment.topics import States, TopicReading
from services.errors import PermanentError
from services.outcomes import Reason
from tests.support.fake_topics import POLITICS, FakeTopicClassifier
from tests.support.quiet_annotate import QuietEncoder

COUNCIL = "The council of the town met on Monday and decided that the old bridge over the river will be closed."
BRIDGE = "The old bridge over the river will be closed for a year, because two of its stones have moved."
GERMAN = "Der Rat der Stadt hat am Montag beschlossen, dass die alte Brücke über den Fluss für ein Jahr gesperrt wird."


class FailingClassifier(FakeTopicClassifier):
    """A classifier that fails on every text."""

    def classify(self, headline: str, body: str, states: States = ()) -> Sequence[TopicReading]:
        """Fail."""
        raise ZeroDivisionError(f"{len(headline)} {len(body)}")


def annotate(content: str, classifier: FakeTopicClassifier | None = None, **options: str) -> AnnotatedArticle:
    """Annotate a text."""
    pipeline = Pipeline(
        QuietEncoder(),
        classifier or FakeTopicClassifier(),
        max_encoded_words=100,
        **options,  # type: ignore[arg-type]
    )
    return pipeline.annotate(RawArticle(content=content), article_id="a", ingested_at=None)


def list_missing(article: AnnotatedArticle) -> list[tuple[str, Reason]]:
    """Return the missing parts with their reasons."""
    return [(item.part, item.reason) for item in article.enrichment.incomplete]


def test_topics_have_their_names() -> None:
    """A topic has id, name and level from the taxonomy, and the event names the weights."""
    article = annotate(COUNCIL)
    assert article.topics is not None
    (topic,) = article.topics
    assert (topic.id, topic.name, topic.level, topic.confidence) == (POLITICS, "politics and government", 1, 0.9)
    assert article.enrichment.models["topics"].name == "fake-topics"


def test_no_sure_topic_is_not_a_missing_part() -> None:
    """An article whose topics were looked for and not found has an empty list."""
    article = annotate(BRIDGE)
    assert article.topics == ()
    assert list_missing(article) == []


def test_other_languages_have_no_topics() -> None:
    """An article in another language has no topics, and the event says why."""
    article = annotate(GERMAN)
    assert article.topics is None
    assert ("topics", Reason.UNSUPPORTED_LANGUAGE) in list_missing(article)
    assert "topics" not in article.enrichment.models


def test_a_failure_costs_the_topics_alone() -> None:
    """If the classifier fails, the rest of the article is there; with on_failure "fail" the article fails."""
    article = annotate(COUNCIL, FailingClassifier())
    assert article.topics is None and article.entities is not None
    assert list_missing(article) == [("topics", Reason.ENRICHER_FAILED)]
    with pytest.raises(PermanentError, match="topics: ZeroDivisionError"):
        annotate(COUNCIL, FailingClassifier(), on_failure="fail")
