"""The port of a trained encoder: sentences in, entities and sentiment out.

The core and the evaluation know this module alone. Adapters are in `models/` and are built by a composition root. A
class that implements `Encoder` can replace the encoder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

EntityType = Literal["PER", "ORG", "LOC", "MISC"]

Polarity = Literal["negative", "neutral", "positive"]


@dataclass(frozen=True, slots=True)
class Identity:
    """The weights that an encoder runs; every event names them.

    `sha256` is the hash of the weights' manifest, and the manifest has the hash of every file of the weights.
    """

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Probabilities:
    """Sentiment as three probabilities, each 0 to 1, with a sum of 1."""

    negative: float
    neutral: float
    positive: float

    @property
    def polarity(self) -> Polarity:
        """The likeliest polarity; in a tie neutral comes first, then negative."""
        if self.neutral >= self.negative and self.neutral >= self.positive:
            return "neutral"
        return "negative" if self.negative >= self.positive else "positive"


NEUTRAL = Probabilities(negative=0.0, neutral=1.0, positive=0.0)
"""Sentiment of a text without a word."""


@dataclass(frozen=True, slots=True)
class SpanReading:
    """One mention at code points `start` to `end` of the sentence, half open.

    The span neither begins nor ends with whitespace. `probability`, 0 to 1, is the probability of exactly this span
    with exactly this type. `sentiment` is the sentiment toward the span in this sentence.
    """

    start: int
    end: int
    type: EntityType
    probability: float
    sentiment: Probabilities


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """The mentions of one sentence, in order and without overlap, and the sentence's own sentiment.

    `references` has the sentiment toward each of the sentence's references in the input.
    """

    spans: tuple[SpanReading, ...]
    sentiment: Probabilities
    references: tuple[Probabilities, ...] = ()


TagProbabilities = NDArray[np.float64]
"""Tag probabilities of one sentence: (words, tags) in the order of `labels.TAGS`; every row sums to 1."""

Words = Sequence[Sequence[str]]
"""Words of each sentence of an article, as written."""

Revision = Callable[[Words, Sequence[TagProbabilities]], Sequence[TagProbabilities]]
"""Function that changes the tag probabilities of an article's words, given all of them, before they are decoded.

Shapes stay the same. An encoder that caches stores the probabilities before the revision.
"""


def no_revision(_: Words, probabilities: Sequence[TagProbabilities]) -> Sequence[TagProbabilities]:
    """Return the probabilities unchanged: the default revision."""
    return probabilities


@dataclass(frozen=True, slots=True)
class ScanInput:
    """One article for an encoder: its sentences, each possibly empty or of any length, and their revision.

    `passages` are texts of the article whose sentiment as a whole is wanted; only their beginning is read.
    `references` are spans of each sentence that are judged as the mentions are, in code points and half open: pronouns,
    for example. Without any, it may be empty.
    """

    sentences: Sequence[str]
    revise: Revision = no_revision
    references: Sequence[Sequence[tuple[int, int]]] = ()
    passages: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Reuse:
    """Numbers of sentences of an article that were in the cache (`hits`) and that had to be computed (`misses`).

    Both are 0 when the encoder has no cache.
    """

    hits: int = 0
    misses: int = 0


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The readings of one article's sentences and the sentiment of its passages, both in order.

    `states` has what the encoder's inner layers say of the word pieces of each passage, (pieces, width); a classifier
    of topics can read it. It is empty if the encoder does not give it.
    """

    readings: Sequence[SentenceReading]
    passages: Sequence[Probabilities] = ()
    reuse: Reuse = Reuse()
    states: Sequence[NDArray[np.float32]] = ()


class Encoder(Protocol):
    """A reader of the sentences of articles; a reading is a pure function of its article.

    Neither the cache nor other articles that are read before it or together with it change a reading.
    """

    @property
    def identity(self) -> Identity:
        """The weights that this encoder runs."""
        ...

    def measure(self, text: str) -> int:
        """Count the word pieces of a text: a measure of the cost of reading it, for a fraction of that cost."""
        ...

    def scan(self, articles: Sequence[ScanInput]) -> list[ScanResult]:
        """Read the sentences of several articles together, which costs least. Raises each exception of a revision."""
        ...

    def tag(self, rows: Words, revise: Revision = no_revision) -> list[list[str]]:
        """Return the IOB2 tags of the tokenised sentences of one article, one tag for each token."""
        ...

    def judge(self, sentence: str, spans: Sequence[tuple[int, int]]) -> list[Probabilities]:
        """Return the sentiment toward each span (code points, half open) of one sentence on its own."""
        ...

    def judge_passages(self, passages: Sequence[str]) -> list[Probabilities]:
        """Return the sentiment of each passage as a whole: how a general reader judges what it reports."""
        ...


def read_sentences(encoder: Encoder, sentences: Sequence[str], revise: Revision = no_revision) -> list[SentenceReading]:
    """Return one reading for each sentence of one article, in order."""
    (result,) = encoder.scan([ScanInput(sentences, revise)])
    return [*result.readings]
