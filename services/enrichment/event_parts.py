"""The parts of an event, built from a cleaned article and from what the encoder read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.contracts.event import (
    Article,
    ArticleSentiment,
    Entity,
    EntitySentiment,
    Identifiers,
    Language,
    Link,
    LinkCandidate,
    Mention,
    ProvidedName,
    Sentiment,
    Topic,
)
from services.contracts.identity import derive_source
from services.contracts.media_topics import read_topics
from services.contracts.raw import RawArticle
from services.contracts.text.names import OWN_PREFIX, derive_entity_key
from services.contracts.urls import canonicalise_url
from services.enrichment.cleaning import CleanArticle, locate
from services.enrichment.encoder import Probabilities
from services.enrichment.entities import ArticleReading, EntityReading, MentionReading
from services.enrichment.links import EntityLink
from services.enrichment.topics import TopicReading


def build_article(raw: RawArticle, cleaned: CleanArticle, language: Language, ingested_at: datetime | None) -> Article:
    """Build the article of an event from its cleaned parts."""
    return Article(
        url=raw.url,
        canonical_url=cleaned.canonical_url or (canonicalise_url(raw.url) if raw.url else None),
        source=derive_source(raw) or cleaned.source,
        headline=cleaned.headline,
        subheadline=cleaned.subheadline,
        byline=cleaned.byline,
        section=cleaned.section,
        tags=cleaned.tags,
        dateline=cleaned.dateline,
        captions=cleaned.captions,
        body=cleaned.body,
        language=language,
        published_at=cleaned.published_at,
        modified_at=cleaned.modified_at,
        fetched_at=raw.fetched_at,
        ingested_at=ingested_at,
        word_count=len(cleaned.body.split()),
        access=cleaned.access,
        entries=cleaned.entries,
        provided=_list_provided(raw, language),
        metadata=raw.metadata,
    )


def _list_provided(raw: RawArticle, language: Language) -> tuple[ProvidedName, ...]:
    """Return the fields whose value is the sender's, in the order of the article's fields."""
    claimed = (raw.language or "").split("-")[0].lower()
    given: tuple[tuple[ProvidedName, bool], ...] = (
        ("headline", bool((raw.title or "").strip())),
        ("byline", bool(raw.byline)),
        ("section", raw.section is not None),
        ("tags", bool(raw.tags)),
        ("language", bool(claimed) and claimed == language.code.split("-")[0]),
        ("published_at", raw.published_at is not None),
    )
    return tuple(name for name, is_given in given if is_given)


def build_entities(reading: ArticleReading, cleaned: CleanArticle) -> tuple[Entity, ...]:
    """Build the entities of an event, with the raw positions of their mentions."""
    return tuple(
        Entity(
            id=entity.id,
            key=_find_key(entity),
            name=entity.name,
            type=entity.type,
            salience=entity.salience,
            sentiment=EntitySentiment(**dict(_build_sentiment(entity.sentiment)), certain=entity.is_certain),
            mentions=tuple(_build_mention(mention, cleaned) for mention in entity.mentions),
            identifiers=_build_identifiers(entity.link) if entity.link else None,
            link=_build_link(entity.link) if entity.link else None,
        )
        for entity in reading.entities
    )


def _find_key(entity: EntityReading) -> str:
    """Return the id of the item that an entity is, or else a hash of its name."""
    link = entity.link
    if link is not None and link.item is not None and link.relation == "same":
        if link.item.own is not None:
            return f"{OWN_PREFIX}{link.item.own}"
        if link.item.wikidata is not None:
            return link.item.wikidata
    return derive_entity_key(entity.name, entity.type)


def _build_identifiers(link: EntityLink) -> Identifiers:
    item = link.item
    if item is None:
        return Identifiers()
    return Identifiers(
        wikidata=item.wikidata,
        geonames=item.geonames,
        iso3166=item.country if item.type == "LOC" else None,
        own=item.own,
        **item.identifiers,
    )


def _build_link(link: EntityLink) -> Link:
    candidates = [
        LinkCandidate(wikidata=each.item.wikidata, name=each.item.label, probability=each.probability)
        for each in link.candidates
    ]
    return Link(confidence=link.confidence, relation=link.relation, candidates=tuple(candidates))


def _build_mention(mention: MentionReading, cleaned: CleanArticle) -> Mention:
    raw_span = locate(cleaned.kept, mention.field, mention.start, mention.end)
    return Mention(
        field=mention.field,
        start=mention.start,
        end=mention.end,
        raw_start=raw_span[0] if raw_span else None,
        raw_end=raw_span[1] if raw_span else None,
        text=mention.text,
        probability=mention.probability,
    )


def _build_sentiment(probabilities: Probabilities) -> Sentiment:
    return Sentiment(
        polarity=probabilities.polarity,
        negative=probabilities.negative,
        neutral=probabilities.neutral,
        positive=probabilities.positive,
    )


def build_article_sentiment(reading: ArticleReading | None) -> ArticleSentiment | None:
    """Build the sentiment of an event; None when no sentence was read."""
    sentiment = reading.sentiment if reading else None
    if sentiment is None:
        return None
    headline, body = (_build_sentiment(part) if part else None for part in (sentiment.headline, sentiment.body))
    return ArticleSentiment(**dict(_build_sentiment(sentiment.overall)), headline=headline, body=body)


def build_topics(readings: Sequence[TopicReading]) -> tuple[Topic, ...]:
    """Build the topics of an event, with name and level from the taxonomy."""
    known = read_topics()
    return tuple(
        Topic(id=reading.id, name=known[reading.id].name, level=known[reading.id].level, confidence=reading.confidence)
        for reading in readings
    )
