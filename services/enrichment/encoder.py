"""The port behind which a trained encoder stands: sentences in, entities and sentiment out.

The core and the evaluation know this module alone; adapters live under `models/` and are built by
a composition root. Whoever replaces the encoder implements `Encoder`.
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
    """Which weights an encoder runs: every event names them.

    `sha256` is that of the weights' manifest, which in turn pins every file of theirs.
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
        """The likeliest polarity; in a tie neutral first, then negative."""
        if self.neutral >= self.negative and self.neutral >= self.positive:
            return "neutral"
        return "negative" if self.negative >= self.positive else "positive"


NEUTRAL = Probabilities(negative=0.0, neutral=1.0, positive=0.0)
"""What a text without a word expresses."""


@dataclass(frozen=True, slots=True)
class SpanReading:
    """One mention: `start` to `end` in code points of the sentence, half open.

    The span neither begins nor ends with whitespace. `probability`, 0 to 1, is that of exactly this
    span with exactly this type; `sentiment` is the one expressed toward it here.
    """

    start: int
    end: int
    type: EntityType
    probability: float
    sentiment: Probabilities


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """What one sentence says: its mentions, in order and without overlap, and its own sentiment."""

    spans: tuple[SpanReading, ...]
    sentiment: Probabilities


TagProbabilities = NDArray[np.float64]
"""Of one sentence: (words, tags) in the order of `labels.TAGS`; every row sums to 1."""

Words = Sequence[Sequence[str]]
"""The words of each sentence of an article, as written."""

Revision = Callable[[Words, Sequence[TagProbabilities]], Sequence[TagProbabilities]]
"""Changes the tag probabilities of an article's words, in the light of all of them, before they are decoded; shapes
stay. An encoder caches, if at all, what it has before the revision."""


def keep_unchanged(_: Words, probabilities: Sequence[TagProbabilities]) -> Sequence[TagProbabilities]:
    """The revision that changes nothing."""
    return probabilities


@dataclass(frozen=True, slots=True)
class ScanInput:
    """One article for an encoder: its sentences, each possibly empty or of any length, and their revision."""

    sentences: Sequence[str]
    revise: Revision = keep_unchanged


@dataclass(frozen=True, slots=True)
class Reuse:
    """Sentences of an article: `hits` were remembered from before, `misses` had to be computed.

    Both stay 0 where nothing is remembered.
    """

    hits: int = 0
    misses: int = 0


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The readings of one article's sentences, in order."""

    readings: Sequence[SentenceReading]
    reuse: Reuse = Reuse()


class Encoder(Protocol):
    """Reads the sentences of articles; what it reads in one is a pure function of that article.

    What was read before or is read beside it, remembered or not, never changes a reading.
    """

    @property
    def identity(self) -> Identity:
        """The weights that this encoder runs."""
        ...

    def measure(self, text: str) -> int:
        """Return the word pieces of a text: what reading it costs, for a fraction of that."""
        ...

    def scan(self, articles: Sequence[ScanInput]) -> list[ScanResult]:
        """Read the sentences of several articles at once, which costs least. Raises what a revision raises."""
        ...

    def tag(self, rows: Words, revise: Revision = keep_unchanged) -> list[list[str]]:
        """Return the IOB2 tags of the tokenised sentences of one article, one tag a token."""
        ...

    def judge(self, sentence: str, spans: Sequence[tuple[int, int]]) -> list[Probabilities]:
        """Return the sentiment toward each span (code points, half open) of one sentence on its own."""
        ...


def read_sentences(
    encoder: Encoder, sentences: Sequence[str], revise: Revision = keep_unchanged
) -> list[SentenceReading]:
    """Return one reading a sentence of one article, in order."""
    (scan,) = encoder.scan([ScanInput(sentences, revise)])
    return [*scan.readings]
