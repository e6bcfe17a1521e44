"""The entities of an event, and sentiment."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt

from services.contracts.base import Contract, Probability
from services.contracts.event.story import Novelty

EntityType = Literal["PER", "ORG", "LOC", "MISC"]
Polarity = Literal["negative", "neutral", "positive"]


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

    @property
    def probability(self) -> float:
        """The probability of the polarity."""
        return float(getattr(self, self.polarity))


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


def _is_absent(value: object) -> bool:
    return value is None or value == ()


def _optional() -> Any:
    """Return a field that the JSON leaves out if it has no value."""
    return Field(default=None, exclude_if=_is_absent)


class Identifiers(Contract):
    """The identifiers of an entity, as far as the knowledge base has them. An identifier that it lacks is left out."""

    wikidata: str | None = _optional()
    """The Wikidata id, such as Q114."""
    geonames: NonNegativeInt | None = _optional()
    """The GeoNames id of a place."""
    iso3166: str | None = _optional()
    """The country of a place, or of a demonym: the code of two letters of ISO 3166-1."""
    isin: str | None = _optional()
    """The ISIN of a listed company (ISO 6166)."""
    ticker: tuple[str, ...] = Field(default=(), exclude_if=_is_absent)
    """The tickers of a listed company, each behind its exchange: NYSE:ABC."""
    lei: str | None = _optional()
    """The Legal Entity Identifier (ISO 17442)."""
    ror: str | None = _optional()
    """The id in the Research Organization Registry."""
    own: str | None = _optional()
    """The id in the user's own list."""


class LinkCandidate(Contract):
    """An item of the knowledge base that an entity may be."""

    wikidata: str | None = None
    """The Wikidata id; null for an item that has none."""
    name: str
    """The usual name of the item."""
    probability: Probability
    """The probability that the entity is this item."""


class Link(Contract):
    """The link of an entity to the knowledge base that `enrichment.models` names."""

    confidence: Probability
    """The probability that the link is right; 0 if the entity has no link."""
    relation: Literal["same", "demonym"] = "same"
    """The relation of the entity to the item. same: it is the item; demonym: a word for what is of the country."""
    candidates: tuple[LinkCandidate, ...] = ()
    """The items that the entity may be, at most three, the most probable first."""


class Entity(Contract):
    """A person, organisation, place or other name in the article, with all its mentions."""

    id: str
    """The id within the article: e1, e2, in the order of the first mentions."""
    key: str | None = None
    """The key of the entity, the same in every article: its Wikidata id; "own:" and its id in the user's own list; or
    else "nil:" and a hash of the type and of the folded name, without article, title and legal form. A demonym has a
    key of this last kind. Null in events of Copydesk 0.1."""
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
    novelty: Novelty | None = None
    """How new the entity is in this article; null as for `story`, and for an entity that only a later revision of the
    article has."""
    identifiers: Identifiers | None = None
    """The identifiers of the entity; empty if it has no link, null if linking is off."""
    link: Link | None = None
    """The link to the knowledge base, with its candidates; null if linking is off."""
