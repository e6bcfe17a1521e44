"""An encoder without weights: names from a list, sentiment from two words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from services.enrichment.encoder import (
    EntityType,
    Identity,
    Probabilities,
    Revision,
    SentenceReading,
    SpanReading,
    Words,
    keep,
)
from services.enrichment.labels import TAGS

GOOD = Probabilities(negative=0.1, neutral=0.1, positive=0.8)
BAD = Probabilities(negative=0.8, neutral=0.1, positive=0.1)
PLAIN = Probabilities(negative=0.05, neutral=0.9, positive=0.05)

NAMES: Mapping[str, EntityType] = {
    "Mara Lindqvist": "PER",
    "Lindqvist": "PER",
    "Harbour Authority": "ORG",
    "Tarnby": "LOC",
    "Nordic": "MISC",
}


class FakeEncoder:
    """Finds the names it is given, longest first; "hailed" is good and "blamed" is bad for a whole sentence."""

    identity = Identity("fake", "0", "0" * 64)

    def __init__(self, names: Mapping[str, EntityType] | None = None) -> None:
        self._names = dict(NAMES if names is None else names)
        self._pattern = re.compile("|".join(map(re.escape, sorted(self._names, key=len, reverse=True))) or r"(?!)")
        self.calls: list[list[str]] = []

    def read(self, sentences: Sequence[str], revise: Revision = keep) -> list[SentenceReading]:
        """Read one article."""
        self.calls.append(list(sentences))
        return [self._read_one(sentence) for sentence in sentences]

    def tag(self, rows: Words, revise: Revision = keep) -> list[list[str]]:
        """Tag single tokens that are names."""
        assert len(TAGS) == 9
        return [[f"B-{self._names[token]}" if token in self._names else "O" for token in tokens] for tokens in rows]

    def judge(self, sentence: str, spans: Sequence[tuple[int, int]]) -> list[Probabilities]:
        """Judge every span by its sentence."""
        return [_judge(sentence) for _ in spans]

    def _read_one(self, sentence: str) -> SentenceReading:
        spans = tuple(
            SpanReading(match.start(), match.end(), self._names[match[0]], 0.9, _judge(sentence))
            for match in self._pattern.finditer(sentence)
        )
        return SentenceReading(spans, _judge(sentence))


def _judge(sentence: str) -> Probabilities:
    if "hailed" in sentence:
        return GOOD
    return BAD if "blamed" in sentence else PLAIN
