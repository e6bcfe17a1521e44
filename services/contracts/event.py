"""The enriched article and its parts: the names that consumers build on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from services.contracts.base import Contract
from services.outcomes import Reason

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Position = Annotated[int, Field(ge=0)]
FieldName = Literal["headline", "subheadline", "byline", "section", "dateline", "caption", "body"]
EntityType = Literal["PER", "ORG", "LOC", "MISC"]
Polarity = Literal["negative", "neutral", "positive"]
Verdict = Literal["original", "exact", "near", "update", "excerpt"]
Precision = Literal["second", "minute", "day", "month", "year"]
Basis = Literal["metadata", "feed", "dateline", "text", "relative", "fetched"]
Part = Literal["cleaning", "language", "entities", "sentiment", "signature"]


class Dateline(Contract):
    """Where, when and by which agency a report was filed."""

    place: str | None = None
    """As written, such as "ASTANA, Kazakhstan"."""
    date: str | None = None
    """ISO 8601 date; the year is the nearest one not after the reference time when the copy names none."""
    agency: str | None = None
    """As written, such as "UPI"."""


class Caption(Contract):
    """The text under a picture, once however often the scrape repeats it."""

    text: str
    """Without the credit."""
    credit: str | None = None
    """Who made the picture, as written after "Photo by"."""


class Language(Contract):
    """The language of the body."""

    code: str
    """BCP 47; "und" when unknown."""
    confidence: Probability
    """0 when unknown."""


class ResolvedTime(Contract):
    """A time with how exactly and from what it is known."""

    value: AwareDatetime
    """UTC; the start of the day, month or year when the precision is no finer."""
    precision: Precision
    """How exactly it is known."""
    basis: Basis
    """What it was taken from."""


class Article(Contract):
    """An article after cleaning: its parts, its times, its language."""

    url: str | None = None
    """As given."""
    canonical_url: str | None = None
    """The URL with the parts removed that do not change the page (tracking parameters, fragment, default port)."""
    source: str | None = None
    """The publisher: as given, else the URL's host."""
    headline: str | None = None
    """Null when none was found."""
    subheadline: str | None = None
    """The line under the headline, null when there is none."""
    byline: tuple[str, ...] = ()
    """The authors' names, one each."""
    section: str | None = None
    """Such as "Markets", null when the page names none."""
    dateline: Dateline | None = None
    """Null when the copy has none."""
    captions: tuple[Caption, ...] = ()
    """Of the pictures, in the order of the page."""
    body: str
    """Paragraphs separated by one empty line; possibly empty."""
    language: Language
    """Of the body."""
    published_at: ResolvedTime | None = None
    """Null when nothing tells."""
    modified_at: ResolvedTime | None = None
    """When it was last changed, as the page says."""
    fetched_at: AwareDatetime | None = None
    """As the sender gave it."""
    ingested_at: AwareDatetime | None = None
    """When the raw topic's broker took it; the event time of matching."""
    word_count: Annotated[int, Field(ge=0)]
    """Words of the body."""
    metadata: dict[str, str] = {}
    """As the sender gave it."""


class KeptSpan(Contract):
    """A stretch of the raw text that stands, letter for letter, in a field. Half open, in code points."""

    field: FieldName
    """Where it stands now."""
    index: Position = 0
    """Which caption or byline, where the field has several; 0 otherwise."""
    start: Position
    """In the field."""
    end: Position
    """In the field."""
    raw_start: Position
    """In the raw text."""
    raw_end: Position
    """In the raw text."""


class RemovedSpan(Contract):
    """A stretch of the raw text that is in no field, and the rule that took it out. Half open, in code points."""

    raw_start: Position
    """In the raw text."""
    raw_end: Position
    """In the raw text."""
    rule: str
    """The rule's slug, such as "navigation"."""
    confidence: Probability = 1.0
    """That it is no news; 1 where the rule leaves no doubt."""


class Cleaning(Contract):
    """What became of each character of the raw text."""

    raw_sha256: str
    """Of the raw content, UTF-8."""
    raw_length: Position
    """Code points."""
    kept: tuple[KeptSpan, ...] = ()
    """In the order of the raw text."""
    removed: tuple[RemovedSpan, ...] = ()
    """In the order of the raw text."""


class Sentiment(Contract):
    """Polarity with the probabilities of the three classes, which sum to 1 but for rounding to 4 digits."""

    polarity: Polarity
    """The most probable class."""
    negative: Probability
    """Probability."""
    neutral: Probability
    """Probability."""
    positive: Probability
    """Probability."""


class ArticleSentiment(Sentiment):
    """Sentiment of an article as a whole, in which the headline weighs as much as two sentences of the body."""

    headline: Sentiment | None = None
    """Of the headline alone, which often takes a side that the body does not; null without one."""
    body: Sentiment | None = None
    """Of the body alone; null without one."""


class Mention(Contract):
    """A span of text that names an entity. Half open, in code points."""

    field: Literal["headline", "body"]
    """Where it stands."""
    start: Position
    """In the field."""
    end: Position
    """In the field."""
    raw_start: Position | None = None
    """Where the same letters stand in the raw content; null when they do not stand there in one piece,
    as when HTML breaks them by a tag or an entity reference."""
    raw_end: Position | None = None
    """Null as `raw_start`."""
    text: str
    """The letters at start to end."""
    probability: Probability
    """Of span and type, by the encoder."""


class Entity(Contract):
    """A thing that the article names, with all its mentions."""

    id: str
    """Within the article: e1, e2, in the order of the first mention."""
    name: str
    """Its longest or most complete mention."""
    type: EntityType
    """person, organisation, location, other name."""
    salience: Probability
    """How central it is to the article."""
    sentiment: Sentiment
    """Of the article toward it."""
    mentions: Annotated[tuple[Mention, ...], Field(min_length=1)]
    """In the order of the text, headline first."""


class Evidence(Contract):
    """What a person can check a verdict by."""

    shared_shingles: Position
    """Of the intersection of both articles, estimated."""
    total_shingles: Position
    """Of the union of both articles."""
    headline_changed: bool | None = None
    """Null when either article has no headline, or when all words are the same."""
    numbers_changed: bool | None = None
    """Whether the two name other numbers; null as `headline_changed`."""
    paragraphs_added: Position | None = None
    """Of the paragraphs compared, at most eight a side, how many the original does not have; null as above."""
    paragraphs_removed: Position | None = None
    """How many of the original's this article does not have."""


class Duplicate(Contract):
    """Whether the article was seen before, in its shard and within the window."""

    verdict: Verdict
    """original: not seen before; exact: the same words; update: a later version of the same page; excerpt: part of a
    longer one; near: nearly the same words, or a longer one that contains it."""
    duplicate_of: str | None = None
    """Id of the earliest such article, which is itself an original; null for an original."""
    similarity: Probability | None = None
    """Estimated Jaccard similarity of the word shingles; 1 for an exact duplicate, null for an original."""
    matched_on: Literal["content_hash", "shingles", "page"] | None = None
    """content_hash: exact; page: update, the same page and mostly the same shingles; null for an original."""
    evidence: Evidence | None = None
    """Null for an original."""


class Model(Contract):
    """The model behind a part of the enrichment."""

    name: str
    """Of the weights."""
    version: str
    """Of the weights."""
    sha256: str
    """Of the weights file."""


class Incomplete(Contract):
    """A part of the enrichment that is missing, and why."""

    part: Part
    """Which."""
    reason: Reason
    """A slug from the closed list."""


class Enrichment(Contract):
    """By what the article was enriched, and what is missing."""

    pipeline: str
    """Version of the code."""
    models: dict[str, Model] = {}
    """By part of the pipeline; empty when none was asked."""
    incomplete: tuple[Incomplete, ...] = ()
    """Empty when everything was looked for."""


class Origin(Contract):
    """The record that match read."""

    topic: str
    """Its topic."""
    partition: Position
    """Its partition, which is the shard."""
    offset: Position
    """Its offset."""


class Signature(Contract):
    """What matching compares: computed once, by annotate."""

    content_hash: str
    """Hex digest of the normalised words of headline and body; equal for exact duplicates."""
    shingles: Position
    """How many distinct shingles the signature stands for."""
    minhash: str | None = None
    """What earlier builds compared; no longer written, and not read."""
    sketch: str | None = None
    """Base64 of 64 bytes that estimate how similar two sets of shingles are; null for an article too short for it."""
    anchors: str | None = None
    """Base64 of the anchors by which copies find each other, little-endian unsigned 32 bit each; null as `sketch`."""
    host: Position | None = None
    """Hash of the URL's host; null without a URL."""
    page: Position | None = None
    """Hash of what names the article on its host: a slug, else path and query; null without a URL."""
    written_s: Position | None = None
    """When this version was written, in seconds since the epoch; null when that is not known to the minute."""
    headline: Position | None = None
    """Hash of the headline's words; null without one."""
    numbers: Position | None = None
    """Hash of the set of numbers; null without any word."""
    paragraphs: tuple[Position, ...] = ()
    """Hashes of the body's paragraphs, ascending: the eight smallest."""


class AnnotatedArticle(Contract):
    """An article with everything but the duplicate verdict: what annotate hands to match. Internal."""

    id: str
    """Deterministic: of canonical URL and content."""
    article: Article
    """The clean article."""
    cleaning: Cleaning
    """What became of the raw text."""
    entities: tuple[Entity, ...] | None = None
    """Null when not looked for; `enrichment.incomplete` says why."""
    sentiment: ArticleSentiment | None = None
    """Of the whole article; null as `entities`."""
    signature: Signature
    """What match compares."""
    enrichment: Enrichment
    """By what, and what is missing."""


class EnrichedArticle(Contract):
    """The event that leaves Copydesk: `news.articles.enriched.v1` and the routed topics."""

    id: str
    """Deterministic: of canonical URL and content."""
    article: Article
    """The clean article."""
    cleaning: Cleaning
    """What became of the raw text."""
    entities: tuple[Entity, ...] | None = None
    """Null when not looked for; `enrichment.incomplete` says why."""
    sentiment: ArticleSentiment | None = None
    """Of the whole article; null as `entities`."""
    duplicate: Duplicate
    """Whether it was seen before."""
    enrichment: Enrichment
    """By what, and what is missing."""
    origin: Origin | None = None
    """Null where no Kafka was involved (`copydesk enrich`)."""

    @classmethod
    def from_annotated(
        cls, annotated: AnnotatedArticle, duplicate: Duplicate, origin: Origin | None
    ) -> EnrichedArticle:
        """The annotated article with its verdict."""
        return cls(
            id=annotated.id,
            article=annotated.article,
            cleaning=annotated.cleaning,
            entities=annotated.entities,
            sentiment=annotated.sentiment,
            duplicate=duplicate,
            enrichment=annotated.enrichment,
            origin=origin,
        )
