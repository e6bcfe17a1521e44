"""The demo's samples are read rightly: they are what a person sees first."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.cli.articles.enrich import build_enricher
from services.cli.articles.reading import SAMPLES, read_articles
from services.contracts.event import EnrichedArticle
from services.contracts.raw import RawArticle
from services.ingest.entries import Entry

pytestmark = pytest.mark.weights

MOMENT = datetime(2026, 11, 30, tzinfo=UTC)

GRAIN = {
    "Ingrid Larsen": "PER", "Chidi Okafor": "PER", "Valletta": "LOC", "Norway": "LOC", "Nigeria": "LOC", "Malta": "LOC",
    "Mediterranean Grain Council": "ORG",
}  # fmt: skip
WHOLE_GRAIN = {
    **GRAIN, "Lagos": "LOC", "African Development Bank": "ORG", "Brussels": "LOC", "European Commission": "ORG",
}  # fmt: skip
RACE = {
    "Marit Velden": "PER", "Tour of Carinthia": "MISC", "Netherlands": "LOC", "Britain": "LOC", "Hannah Price": "PER",
    "Nassfeld": "LOC", "Villach": "LOC",
}  # fmt: skip
EXPECTED: list[tuple[str, str, str | None, dict[str, str]]] = [
    ("en", "original", "neutral", WHOLE_GRAIN),
    (
        "en", "original", "negative",
        {
            "Halvorsen Robotics": "ORG", "Germany": "LOC", "United States": "LOC", "Annika Dahl": "PER", "Turin": "LOC",
            "Berlin": "LOC", "Kestrel Automation": "ORG", "Ohio": "LOC",
        },
    ),
    ("en", "exact", "neutral", WHOLE_GRAIN),
    ("en", "near", "neutral", WHOLE_GRAIN),
    ("en", "original", "positive", RACE),
    ("en", "update", "positive", {**RACE, "Grossglockner": "LOC"}),
    ("en", "excerpt", "neutral", GRAIN),
    (
        "en", "original", "positive",
        {
            "Baraka Pharmaceuticals": "ORG", "Nairobi": "LOC", "African Medicines Agency": "ORG",
            "Wanjiru Kamau": "PER", "World Health Organization": "ORG", "Malawi": "LOC", "Ghana": "LOC",
        },
    ),
    (
        "en", "original", "negative",
        {"Rui Bragança": "PER", "Pontelar": "ORG", "Portugal": "LOC", "Setúbal": "LOC"},
    ),
    ("en", "original", "neutral", {"Gothenburg": "LOC", "Astrid Solheim": "PER", "Stavanger": "LOC"}),
    ("en", "original", "neutral", {"Uppsala": "LOC", "Maria Sandberg": "PER", "Malmo": "LOC"}),
    ("de", "original", None, {}),
    ("ar", "original", None, {}),
    ("fr", "original", None, {}),
    ("en", "original", "negative", {"Izmir": "LOC", "Turkey": "LOC"}),
]  # fmt: skip
"""For each sample in its order: language, verdict, sentiment, and every name with its type, as a person reads it."""
ATTITUDES = {
    "Halvorsen Robotics": "negative", "Annika Dahl": "negative", "Kestrel Automation": "positive",
    "Marit Velden": "positive", "Baraka Pharmaceuticals": "positive", "Wanjiru Kamau": "positive",
    "World Health Organization": "positive", "Rui Bragança": "negative", "Germany": "neutral", "Norway": "neutral",
    "Izmir": "neutral",
}  # fmt: skip
"""Names toward which the attitude is plain to a person."""


@pytest.fixture(scope="module")
def events() -> list[EnrichedArticle]:
    """Return the event of each sample, in the order in which the demo sends them."""
    enricher = build_enricher()
    articles = list(read_articles(sorted(SAMPLES.iterdir())))
    return [
        enricher.enrich(RawArticle.model_validate(article.fields), MOMENT)
        for article in articles
        if isinstance(article, Entry)
    ]


def test_every_sample_is_read_as_a_person_reads_it(events: list[EnrichedArticle]) -> None:
    """Each sample has the right language, verdict and sentiment, and exactly the names that are in it."""
    read = [
        (
            event.article.language.code,
            event.duplicate.verdict,
            event.sentiment.polarity if event.sentiment else None,
            {entity.name: entity.type for entity in event.entities or ()},
        )
        for event in events
    ]
    assert read == EXPECTED


def test_plain_attitudes_are_read(events: list[EnrichedArticle]) -> None:
    """The attitude toward a name is right in each sample where a person has no doubt about it."""
    wholes = [event for event in events if event.duplicate.verdict != "excerpt"]
    read = {
        (entity.name, entity.sentiment.polarity)
        for event in wholes
        for entity in event.entities or ()
        if entity.name in ATTITUDES
    }
    assert read == set(ATTITUDES.items())


def test_the_samples_show_what_the_product_does(events: list[EnrichedArticle]) -> None:
    """The samples have every verdict, an original that resembles another one, and removals of many kinds."""
    assert {event.duplicate.verdict for event in events} == {"original", "exact", "near", "update", "excerpt"}
    assert any(event.duplicate.evidence and event.duplicate.evidence.differs for event in events)
    rules = {span.rule for event in events for span in event.cleaning.removed}
    assert {"markup", "navigation", "credit", "repeated_caption", "advertising", "sharing", "newsletter"} <= rules
