"""Small enriched events for rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from services.contracts.event import (
    Article,
    ArticleSentiment,
    Cleaning,
    Duplicate,
    EnrichedArticle,
    Enrichment,
    Entity,
    EntitySentiment,
    EntityType,
    Identifiers,
    Language,
    Mention,
    Novelty,
    Polarity,
    Story,
    Verdict,
)
from services.contracts.event.story import Window


def build_sentiment(polarity: Polarity, probability: float = 0.8) -> EntitySentiment:
    rest = round((1 - probability) / 2, 4)
    shares = dict.fromkeys(("negative", "neutral", "positive"), rest) | {polarity: probability}
    return EntitySentiment(polarity=polarity, **shares)


def build_entity(
    name: str,
    kind: EntityType,
    *,
    mentioned: Sequence[str] = (),
    salience: float = 0.5,
    polarity: Polarity = "neutral",
    novelty: Novelty | None = None,
    identifiers: Identifiers | None = None,
) -> Entity:
    mentions = tuple(
        Mention(field="body", start=0, end=len(text), text=text, probability=0.9) for text in mentioned or (name,)
    )
    return Entity(
        id="e1",
        name=name,
        type=kind,
        salience=salience,
        sentiment=build_sentiment(polarity),
        mentions=mentions,
        novelty=novelty,
        identifiers=identifiers,
    )


def build_novelty(similar: int = 0, volume: int = 0, days: float | None = None) -> Novelty:
    """Return the novelty of an entity that earlier articles of the last 12 hours named."""
    windows: tuple[Window, ...] = get_args(Window)
    return Novelty(
        is_first=not similar,
        chain_rank_24h=similar + 1,
        decay=75 if similar else 100,
        similar=dict.fromkeys(windows, similar),
        volume=dict.fromkeys(windows, volume),
        days_since_similar=days,
    )


def build_event(
    *,
    language: str = "en",
    source: str | None = "bbc.co.uk",
    headline: str | None = "Storm closes the port",
    body: str = "The port of Bergen was closed.",
    verdict: Verdict = "original",
    sentiment: EntitySentiment | None = None,
    entities: tuple[Entity, ...] | None = None,
    story: Story | None = None,
) -> EnrichedArticle:
    return EnrichedArticle(
        id="a" * 32,
        article=Article(
            source=source,
            headline=headline,
            body=body,
            language=Language(code=language, confidence=0.9),
            word_count=len(body.split()),
        ),
        cleaning=Cleaning(raw_sha256="0" * 64, raw_length=len(body)),
        entities=entities,
        sentiment=ArticleSentiment(**sentiment.model_dump(exclude={"certain"})) if sentiment else None,
        duplicate=Duplicate(verdict=verdict),
        story=story,
        enrichment=Enrichment(pipeline="1.0.0"),
    )
