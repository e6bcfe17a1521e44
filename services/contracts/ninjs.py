"""The enriched article in ninjs 3.1 (https://iptc.org/std/ninjs), IPTC's JSON format for the exchange of news.

ninjs has no fields for offsets, cleaning, the three probabilities of a sentiment, and evidence. They are in the event,
whose id is in `altIds`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, ConfigDict

from services.contracts.base import Contract
from services.contracts.event import UNKNOWN_LANGUAGE, Article, EnrichedArticle, Entity
from services.contracts.media_topics import PREFIX

NINJS_TYPE = "org.iptc.ninjs.v3.1"
NINJS_SCHEMA = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#"
PROFILE = "copydesk-1"
MEDIA_TOPICS = "http://cv.iptc.org/newscodes/mediatopic/"
"""Beginning of the URI of each IPTC Media Topic."""
WIKIDATA_URI = "http://www.wikidata.org/entity/"
GEONAMES_URI = "https://sws.geonames.org/"
"""Beginnings of the URIs of concepts, as Wikidata and GeoNames define them."""
ABOUT_SALIENCE = 0.5
"""Salience from which an article is about an entity; with a lower salience it mentions the entity."""

Percent = int


class _NinjsPart(Contract):
    """A part of a ninjs item. Unknown fields are an error, because ninjs allows no others."""

    model_config = ConfigDict(extra="forbid")


class NinjsText(_NinjsPart):
    """A headline, body or description, with its role."""

    role: str
    value: str
    contentType: str | None = None
    charCount: int | None = None
    wordCount: int | None = None


class NinjsConcept(_NinjsPart):
    """A person, organisation, place or subject. `literal` is the entity's id in the event, or the QCode of a topic."""

    name: str
    rel: str
    literal: str | None = None
    creator: str | None = None
    uri: str | None = None
    relevance: Percent | None = None
    confidence: Percent | None = None


class NinjsSource(_NinjsPart):
    """The publisher of the article."""

    name: str
    role: str = "publisher"


class NinjsAssociation(_NinjsPart):
    """Another item that this one duplicates."""

    name: str
    uri: str
    rel: str


class NinjsId(_NinjsPart):
    """Another identifier of the item."""

    role: str
    value: str


class NinjsStandard(_NinjsPart):
    """The standard to which the item conforms."""

    name: str = "ninjs"
    version: str = "3.1"
    schema_: str = NINJS_SCHEMA

    model_config = ConfigDict(alias_generator=lambda name: name.rstrip("_"), populate_by_name=True)


class NinjsItem(_NinjsPart):
    """One article, with the field names of ninjs."""

    uri: str
    type: Literal["text"] = "text"
    representationType: Literal["full", "partial"] = "full"
    profile: str = PROFILE
    standard: NinjsStandard = NinjsStandard()
    pubStatus: Literal["usable"] = "usable"
    firstCreated: AwareDatetime | None = None
    versionCreated: AwareDatetime | None = None
    language: str | None = None
    by: str | None = None
    located: str | None = None
    headlines: tuple[NinjsText, ...] | None = None
    descriptions: tuple[NinjsText, ...] | None = None
    bodies: tuple[NinjsText, ...] | None = None
    people: tuple[NinjsConcept, ...] | None = None
    organisations: tuple[NinjsConcept, ...] | None = None
    places: tuple[NinjsConcept, ...] | None = None
    subjects: tuple[NinjsConcept, ...] | None = None
    infoSources: tuple[NinjsSource, ...] | None = None
    associations: tuple[NinjsAssociation, ...] | None = None
    altIds: tuple[NinjsId, ...]

    def to_bytes(self) -> bytes:
        """Return JSON in UTF-8. ninjs has no null, so unknown fields are left out."""
        return self.model_dump_json(exclude_none=True, by_alias=True).encode()


def build_ninjs(event: EnrichedArticle) -> NinjsItem:
    """Return an event as a ninjs item."""
    article = event.article
    published, modified = article.published_at, article.modified_at
    entities = event.entities or ()
    return NinjsItem(
        uri=_build_uri(event.id),
        representationType="partial" if event.text_omitted else "full",
        firstCreated=published.value if published else None,
        versionCreated=modified.value if modified else article.ingested_at,
        language=article.language.code if article.language.code != UNKNOWN_LANGUAGE else None,
        by=", ".join(article.byline) or None,
        located=article.dateline.place if article.dateline else None,
        headlines=_list_headlines(article) or None,
        descriptions=tuple(NinjsText(role="caption", value=caption.text) for caption in article.captions) or None,
        bodies=None if event.text_omitted else (_build_body(article),),
        people=_list_concepts(entities, "PER") or None,
        organisations=_list_concepts(entities, "ORG") or None,
        places=_list_concepts(entities, "LOC") or None,
        subjects=_list_subjects(event) or None,
        infoSources=(NinjsSource(name=article.source),) if article.source else None,
        associations=_list_originals(event) or None,
        altIds=_list_ids(event),
    )


def _build_uri(article_id: str) -> str:
    return f"urn:copydesk:article:{article_id}"


def _list_headlines(article: Article) -> tuple[NinjsText, ...]:
    lines = (("main", article.headline), ("subheadline", article.subheadline))
    return tuple(NinjsText(role=role, value=line) for role, line in lines if line)


def _build_body(article: Article) -> NinjsText:
    return NinjsText(
        role="main",
        contentType="text/plain",
        value=article.body,
        charCount=len(article.body),
        wordCount=article.word_count,
    )


def _find_relation(entity: Entity) -> str:
    return "about" if entity.salience >= ABOUT_SALIENCE else "mentions"


def _find_uri(entity: Entity) -> str | None:
    """Return the URI of the item that an entity is; None without a link, and for a demonym."""
    if entity.identifiers is None or entity.link is None or entity.link.relation != "same":
        return None
    if entity.identifiers.wikidata:
        return f"{WIKIDATA_URI}{entity.identifiers.wikidata}"
    return f"{GEONAMES_URI}{entity.identifiers.geonames}/" if entity.identifiers.geonames else None


def _list_concepts(entities: tuple[Entity, ...], kind: str) -> tuple[NinjsConcept, ...]:
    return tuple(
        NinjsConcept(name=entity.name, rel=_find_relation(entity), uri=_find_uri(entity), literal=entity.id)
        for entity in entities
        if entity.type == kind
    )


def _list_subjects(event: EnrichedArticle) -> tuple[NinjsConcept, ...]:
    """Return the topics, every entity with its relevance, which the lists by type cannot hold, and the sentiment."""
    encoder = event.enrichment.models.get("encoder")
    creator = f"{encoder.name} {encoder.version}" if encoder else None
    subjects = [
        NinjsConcept(
            name=entity.name,
            rel=_find_relation(entity),
            uri=_find_uri(entity),
            literal=entity.id,
            creator=creator,
            relevance=round(100 * entity.salience),
            confidence=round(100 * max(mention.probability for mention in entity.mentions)),
        )
        for entity in event.entities or ()
    ]
    if event.sentiment:
        polarity = event.sentiment.polarity
        confidence = round(100 * event.sentiment.probability)
        subjects.append(NinjsConcept(name=polarity, rel="sentiment", creator=creator, confidence=confidence))
    return (*_list_topics(event), *subjects)


def _list_topics(event: EnrichedArticle) -> list[NinjsConcept]:
    """Return the topics, the main one first, each with its QCode and its URI."""
    model = event.enrichment.models.get("topics")
    creator = f"{model.name} {model.version}" if model else None
    return [
        NinjsConcept(
            name=topic.name,
            rel="about",
            uri=f"{MEDIA_TOPICS}{topic.id.removeprefix(PREFIX)}",
            literal=topic.id,
            creator=creator,
            confidence=round(100 * topic.confidence),
        )
        for topic in event.topics or ()
    ]


def _list_originals(event: EnrichedArticle) -> tuple[NinjsAssociation, ...]:
    original = event.duplicate.duplicate_of
    if original is None:
        return ()
    return (NinjsAssociation(name="duplicate of", uri=_build_uri(original), rel=event.duplicate.verdict),)


def _list_ids(event: EnrichedArticle) -> tuple[NinjsId, ...]:
    article = event.article
    ids = (("copydesk", event.id), ("url", article.url), ("canonicalUrl", article.canonical_url))
    return tuple(NinjsId(role=role, value=value) for role, value in ids if value)
