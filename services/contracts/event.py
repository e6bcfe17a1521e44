"""The enriched article and its parts. Consumers rely on these names."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, NonNegativeInt, PositiveInt

from services.contracts.base import Contract
from services.outcomes import Reason

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
FieldName = Literal["headline", "subheadline", "byline", "section", "dateline", "caption", "body"]
EntityType = Literal["PER", "ORG", "LOC", "MISC"]
Polarity = Literal["negative", "neutral", "positive"]
Verdict = Literal["original", "exact", "near", "update", "excerpt"]
Precision = Literal["second", "minute", "day", "month", "year"]
Basis = Literal["metadata", "feed", "dateline", "text", "relative", "fetched"]
Difference = Literal["headline", "names", "numbers"]
LanguageBasis = Literal["text", "claim", "default"]
Access = Literal["full", "partial", "wall"]
ProvidedName = Literal["headline", "byline", "section", "tags", "language", "published_at"]
Part = Literal["cleaning", "language", "entities", "sentiment", "signature"]

UNKNOWN_LANGUAGE: Final = "und"
"""Code of an unknown language (BCP 47)."""


class Dateline(Contract):
    """Place, date and agency of a report, as its dateline gives them."""

    place: str | None = None
    """The place as written, such as "ASTANA, Kazakhstan"."""
    date: str | None = None
    """The date (ISO 8601). If the text names no year, it is the latest year in which the date is not after the
    reference time."""
    agency: str | None = None
    """The news agency as written, such as "UPI"."""


class Caption(Contract):
    """The text under a picture, listed once even if the page repeats it."""

    text: str
    """The caption without the credit."""
    credit: str | None = None
    """The maker of the picture, as written after "Photo by"."""


class Language(Contract):
    """The language of headline and body, with its probability."""

    code: str
    """The language code (BCP 47); "und" if the language is unknown."""
    confidence: Probability
    """The probability of the language; 0 if it is unknown."""
    basis: LanguageBasis | None = None
    """The source of the code. text: the words; claim: the sender, because the words leave it open; default: the
    setting for the source or the installation, for the same reason. Null in events of earlier builds. Only a code
    from the words decides the shard."""


class ResolvedTime(Contract):
    """A time, its precision, and the place where it was found."""

    value: AwareDatetime
    """The time in UTC. With the precision "day", "month" or "year" it is the start of that period."""
    precision: Precision
    """The finest unit that is known."""
    basis: Basis
    """The place where the time was found."""


class LiveEntry(Contract):
    """An entry of a live blog. Offsets count in the body, in code points; the end is exclusive."""

    at: ResolvedTime
    """The time of the entry."""
    start: NonNegativeInt
    """The start in the body."""
    end: NonNegativeInt
    """The end in the body."""


class Article(Contract):
    """An article after cleaning: its parts, times and language."""

    url: str | None = None
    """The URL as the sender gave it."""
    canonical_url: str | None = None
    """The URL without the parts that do not change the page: tracking parameters, fragment, default port."""
    source: str | None = None
    """The publisher as the sender gave it, else the host of the URL."""
    headline: str | None = None
    """The headline; null if none was found."""
    subheadline: str | None = None
    """The line under the headline; null if there is none."""
    byline: tuple[str, ...] = ()
    """The names of the authors."""
    section: str | None = None
    """The section, such as "Markets"; null if the page names none."""
    tags: tuple[str, ...] = ()
    """The tags or keywords, as the sender or else the page gives them."""
    dateline: Dateline | None = None
    """The dateline; null if the text has none."""
    captions: tuple[Caption, ...] = ()
    """The captions of the pictures, in the order of the page."""
    body: str
    """The text; an empty line separates two paragraphs. May be empty."""
    language: Language
    """The language of headline and body."""
    published_at: ResolvedTime | None = None
    """The time of publication; null if it is unknown."""
    modified_at: ResolvedTime | None = None
    """The time of the last change that the page states; null if it states none."""
    fetched_at: AwareDatetime | None = None
    """The time at which the article was fetched, as the sender gave it."""
    ingested_at: AwareDatetime | None = None
    """The time at which the broker appended the article to the raw topic. Matching uses it as the event time."""
    word_count: NonNegativeInt
    """The number of words in the body."""
    access: Access | None = None
    """The part of the article that the page shows. full: the whole article; partial: its beginning, before a paywall;
    wall: none of it, because the page asks for consent or a login. Null in events of Copydesk 0.1."""
    entries: tuple[LiveEntry, ...] = ()
    """The entries of a live blog, in the order of the body; empty for any other article."""
    provided: tuple[ProvidedName, ...] = ()
    """The fields whose value the sender gave. It wins over what the article says, except for a language that the words
    contradict."""
    metadata: dict[str, str] = {}
    """The metadata as the sender gave it."""


class KeptSpan(Contract):
    """A span of the raw text that a field contains, character for character.

    Offsets are in code points; the end is exclusive.
    """

    field: FieldName
    """The field that contains the span."""
    index: NonNegativeInt = 0
    """The number of the caption or byline, from 0; 0 for other fields."""
    start: NonNegativeInt
    """The start in the field."""
    end: NonNegativeInt
    """The end in the field."""
    raw_start: NonNegativeInt
    """The start in the raw text."""
    raw_end: NonNegativeInt
    """The end in the raw text."""


class RemovedSpan(Contract):
    """A span of the raw text that no field contains, with the rule that removed it.

    Offsets are in code points; the end is exclusive.
    """

    raw_start: NonNegativeInt
    """The start in the raw text."""
    raw_end: NonNegativeInt
    """The end in the raw text."""
    rule: str
    """The name of the rule, such as "navigation"."""
    confidence: Probability = 1.0
    """The probability that the span is not part of the news; 1 if the rule leaves no doubt."""


class Cleaning(Contract):
    """Account of every character of the raw text: kept in a field, or removed by a rule."""

    raw_sha256: str
    """The SHA-256 of the raw content in UTF-8, in hexadecimal."""
    raw_length: NonNegativeInt
    """The length of the raw content in code points."""
    kept: tuple[KeptSpan, ...] = ()
    """The spans that fields contain, in the order of the raw text."""
    removed: tuple[RemovedSpan, ...] = ()
    """The removed spans, in the order of the raw text."""
    confidence: Probability | None = None
    """The probability that the body is the article, whole and nothing else. It is an estimate from the page: low where
    the page shows much text that the body does not contain, or where only a part of the article was found. Null in
    events of Copydesk 0.1."""


class Sentiment(Contract):
    """Polarity, with the probabilities of the three classes. Their sum is 1, apart from rounding to 4 digits."""

    polarity: Polarity
    """The most probable class."""
    negative: Probability
    """The probability of "negative"."""
    neutral: Probability
    """The probability of "neutral"."""
    positive: Probability
    """The probability of "positive"."""


class ArticleSentiment(Sentiment):
    """Sentiment of what the article reports, as a general reader would judge it: bad news, good news, or neither.

    "Negative" is bad news or plainly critical, "positive" is good news or plainly approving, "neutral" is neither, or
    both in balance. docs/sentiment.md has examples. The sentiment combines those of headline and body.
    """

    headline: Sentiment | None = None
    """The sentiment of the headline alone, which often differs from the body's; null without a headline."""
    body: Sentiment | None = None
    """The sentiment of the first two or three sentences of the body, which say what it reports; null without a body."""


class EntitySentiment(Sentiment):
    """Sentiment of the article toward an entity: by its mentions, and by the pronouns and descriptions that mean it."""

    certain: bool = True
    """False if the article leaves open whether a pronoun or a description means this entity, and the polarity would be
    another if it did. The probability of the polarity is then lower. True in events of Copydesk 0.1."""


class Mention(Contract):
    """A span of text that names an entity. Offsets are in code points; the end is exclusive."""

    field: Literal["headline", "body"]
    """The field that contains the mention."""
    start: NonNegativeInt
    """The start in the field."""
    end: NonNegativeInt
    """The end in the field."""
    raw_start: NonNegativeInt | None = None
    """The start in the raw content. Null if the raw content does not contain the same characters in one piece, for
    example because HTML splits them by a tag or writes one as a character reference."""
    raw_end: NonNegativeInt | None = None
    """The end in the raw content; null if `raw_start` is null."""
    text: str
    """The text between `start` and `end`."""
    probability: Probability
    """The encoder's probability that both the span and its type are right."""


class Entity(Contract):
    """A person, organisation, place or other name in the article, with all its mentions."""

    id: str
    """The id within the article: e1, e2, in the order of the first mentions."""
    key: str | None = None
    """The key of the entity, the same in every article: "nil:" and a hash of the type and of the folded name, without
    article, title and legal form. Null in events of Copydesk 0.1."""
    name: str
    """The longest or most complete mention, without invisible characters."""
    type: EntityType
    """The type: PER (person), ORG (organisation), LOC (location) or MISC (another name)."""
    salience: Probability
    """A measure from 0 to 1 of how central the entity is to the article."""
    sentiment: EntitySentiment
    """The attitude of the article toward the entity, whatever the news is. docs/sentiment.md has examples."""
    mentions: Annotated[tuple[Mention, ...], Field(min_length=1)]
    """The mentions in the order of the text, headline first."""


class Evidence(Contract):
    """Figures with which a person can check a verdict."""

    shared_shingles: NonNegativeInt
    """The estimated number of word shingles that both articles have."""
    total_shingles: NonNegativeInt
    """The number of word shingles that at least one of the two articles has."""
    headline_changed: bool | None = None
    """True if the headlines differ; null if an article has no headline, or if all words are the same."""
    numbers_changed: bool | None = None
    """True if the numbers in the two bodies differ; null as for `headline_changed`."""
    paragraphs_added: NonNegativeInt | None = None
    """The number of compared paragraphs that the original does not have; null as for `headline_changed`. At most
    eight paragraphs of each article are compared."""
    paragraphs_removed: NonNegativeInt | None = None
    """The number of compared paragraphs of the original that this article does not have; null as for
    `headline_changed`."""
    differs: tuple[Difference, ...] = ()
    """What says that the two report different things, although they share much of their text. headline: the headlines
    and openings name different things; names, numbers: the same places in the text have other names or numbers. Only
    the verdict original has such entries."""
    similar_to: str | None = None
    """The id of the article with which an original was compared; null for the other verdicts, which name it in
    `duplicate_of`."""

    @property
    def shared_part(self) -> float | None:
        """Part of all word shingles that both articles have, 0 to 1; None without shingles."""
        return self.shared_shingles / self.total_shingles if self.total_shingles else None

    def list_changes(self) -> dict[str, bool]:
        """Return whether the headline and the numbers changed, as far as known and not said by `differs`."""
        changes = {"headline": self.headline_changed, "numbers": self.numbers_changed}
        return {name: changed for name, changed in changes.items() if changed is not None and name not in self.differs}


class Duplicate(Contract):
    """Answer to the question whether the article was seen before, in its shard and within the time window."""

    verdict: Verdict
    """The verdict. original: not seen before; exact: the same words; update: a later version of the same page;
    excerpt: a part of a longer article; near: nearly the same words, or a longer article that contains an earlier
    one."""
    duplicate_of: str | None = None
    """The id of the earliest article that this one repeats; that article is itself an original. Null for an
    original."""
    similarity: Probability | None = None
    """The estimated Jaccard similarity of the word shingles; 1 for an exact duplicate, null for an original."""
    matched_on: Literal["content_hash", "shingles", "page"] | None = None
    """The reason for the verdict. content_hash: the same words; shingles: similar word shingles; page: the same page
    and mostly the same shingles (update). Null for an original."""
    evidence: Evidence | None = None
    """The figures behind the verdict. For an original they are about the most similar earlier article of which it is no
    copy, because the two report different things (`evidence.differs`); null if there is no such article."""


class Model(Contract):
    """A model that made a part of the enrichment."""

    name: str
    """The name of the weights."""
    version: str
    """The version of the weights."""
    sha256: str
    """The SHA-256 of the weights file, in hexadecimal."""


class Incomplete(Contract):
    """A part of the enrichment that is missing, with the reason."""

    part: Part
    """The missing part."""
    reason: Reason
    """The reason, from the closed list."""


class Revision(Contract):
    """Revision of an article's annotation. The same article annotated by other code, models or options is a new one."""

    number: PositiveInt = 1
    """The number of the revision, from 1. It counts the revisions of this article that were published."""
    hash: str
    """The hash over the version of the code, the models that read the article, and the options that concern it."""
    replaces: str | None = None
    """The hash of the revision that this one replaces; null for the first one, and if that one had none."""


class Enrichment(Contract):
    """Software and models that enriched the article, and the missing parts."""

    pipeline: str
    """The version of the code."""
    models: dict[str, Model] = {}
    """The models by the part of the pipeline; empty if no model was used."""
    incomplete: tuple[Incomplete, ...] = ()
    """The missing parts; empty if no part is missing."""
    revision: Revision | None = None
    """The revision of the annotation; null in events of Copydesk 0.1."""


class Origin(Contract):
    """Position of the record from which match made the event."""

    topic: str
    """The topic of the record."""
    partition: NonNegativeInt
    """The partition of the record, which is the shard."""
    offset: NonNegativeInt
    """The offset of the record."""


class Signature(Contract):
    """The part of an article that match compares. annotate computes it once."""

    content_hash: str
    """The hexadecimal digest of the normalised words of headline and body; equal for exact duplicates."""
    shingles: NonNegativeInt
    """The number of distinct word shingles in the article."""
    minhash: str | None = None
    """The field that earlier builds compared; it is no longer written or read."""
    sketch: str | None = None
    """The base64 of 64 bytes from which the similarity of two sets of shingles is estimated; null if the article is
    too short."""
    anchors: str | None = None
    """The base64 of the anchors, by which match finds copies: unsigned 32-bit numbers, little-endian; null as for
    `sketch`."""
    host: NonNegativeInt | None = None
    """The hash of the URL's host; null without a URL."""
    page: NonNegativeInt | None = None
    """The hash of the part of the URL that names the article on its host: a slug, else path and query; null without a
    URL."""
    written_s: NonNegativeInt | None = None
    """The time at which this version was written, in seconds since the epoch; null if it is not known to the minute."""
    headline: NonNegativeInt | None = None
    """The hash of the headline's words; null without a headline."""
    numbers: NonNegativeInt | None = None
    """The hash of the set of numbers in the body; null if the article has no words. Earlier builds, which wrote no
    `slots`, included the numbers in the headline."""
    paragraphs: tuple[NonNegativeInt, ...] = ()
    """The eight smallest hashes of the body's paragraphs, ascending."""
    slots: str | None = None
    """The base64 of a sample of the names and numbers in the body, with hashes of the words around each: at most 24
    unsigned 32-bit numbers, little-endian; null as for `sketch`, and in records of earlier builds."""
    opening: str | None = None
    """The base64 of the hashes of the words of the headline and of those with which the body begins, those of the
    headline first: at most 20 unsigned 16-bit numbers, little-endian; null as for `slots`. The highest bit is set for a
    word of the headline, the next one for a name or number."""
    published_day: NonNegativeInt | None = None
    """The day of publication in days since 1970-01-01 (UTC); null if it is not known."""


class AnnotatedArticle(Contract):
    """An enriched article without the duplicate verdict, which annotate sends to match. Internal."""

    id: str
    """The article id, a function of canonical URL and content."""
    article: Article
    """The article after cleaning."""
    cleaning: Cleaning
    """The account of the raw text."""
    entities: tuple[Entity, ...] | None = None
    """The entities; null if they were not looked for, and then `enrichment.incomplete` gives the reason."""
    sentiment: ArticleSentiment | None = None
    """The sentiment of the article; null as for `entities`."""
    signature: Signature
    """The part that match compares."""
    enrichment: Enrichment
    """The software, the models and the missing parts."""


class EnrichedArticle(Contract):
    """The enriched article: the event on `news.articles.enriched.v1` and on the routed topics."""

    id: str
    """The article id, a function of canonical URL and content."""
    article: Article
    """The article after cleaning."""
    cleaning: Cleaning
    """The account of the raw text."""
    entities: tuple[Entity, ...] | None = None
    """The entities; null if they were not looked for, and then `enrichment.incomplete` gives the reason."""
    sentiment: ArticleSentiment | None = None
    """The sentiment of the article; null as for `entities`."""
    duplicate: Duplicate
    """The answer to the question whether the article was seen before."""
    enrichment: Enrichment
    """The software, the models and the missing parts."""
    origin: Origin | None = None
    """The record from which match made the event; null without Kafka (`copydesk enrich`)."""
    text_omitted: bool = False
    """True if the route leaves the text out (`body: false` in the routing rules). Then `article.body`, the texts of
    mentions in the body, and the lists `article.captions`, `article.entries`, `cleaning.kept` and `cleaning.removed`
    are empty, `article.subheadline` is null, and metadata that quote the text are missing. All other fields are as on
    the topic of all events; offsets count in the body that was left out."""

    @classmethod
    def from_annotated(
        cls, annotated: AnnotatedArticle, duplicate: Duplicate, origin: Origin | None
    ) -> EnrichedArticle:
        """Return the annotated article with its verdict."""
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
