"""The entities of an event, and sentiment."""

from __future__ import annotations

from typing import Annotated, Literal

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
    novelty: Novelty | None = None
    """How new the entity is in this article; null as for `story`, and for an entity that only a later revision of the
    article has."""
