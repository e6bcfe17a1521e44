"""An encoder without weights: names from a list, sentiment from two words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from services.enrichment.encoder import (
    EntityType,
    Identity,
    Probabilities,
    Revision,
    ScanInput,
    ScanResult,
    SentenceReading,
    SpanReading,
    TagProbabilities,
    Words,
    no_revision,
)
from services.enrichment.labels import OUTSIDE, TAG_INDEX, TAGS
from services.enrichment.models.tag_decoding import DecodedSpan, decode_spans, decode_tags
from services.enrichment.words import find_words

GOOD = Probabilities(negative=0.1, neutral=0.1, positive=0.8)
BAD = Probabilities(negative=0.8, neutral=0.1, positive=0.1)
PLAIN = Probabilities(negative=0.05, neutral=0.9, positive=0.05)

LEFT_OVER = 1e-3
"""Probability of each tag that is not the chosen one."""

NAMES: Mapping[str, EntityType] = {
    "Mara Lindqvist": "PER",
    "Lindqvist": "PER",
    "Harbour Authority": "ORG",
    "Tarnby": "LOC",
    "Nordic": "MISC",
}


class FakeEncoder:
    """Encoder that finds given names, longest first. "hailed" makes a sentence positive, "blamed" negative."""

    identity = Identity("fake", "0", "0" * 64)

    def __init__(self, names: Mapping[str, EntityType] | None = None) -> None:
        self._names = dict(NAMES if names is None else names)
        self._pattern = re.compile("|".join(map(re.escape, sorted(self._names, key=len, reverse=True))) or r"(?!)")
        self.calls: list[list[list[str]]] = []

    def measure(self, text: str) -> int:
        """Count every word as one piece."""
        return sum(1 for _ in find_words(text))

    def scan(self, articles: Sequence[ScanInput]) -> list[ScanResult]:
        """Record what is read together, and read it."""
        self.calls.append([[*article.sentences] for article in articles])
        return [ScanResult(self._read(article), self.judge_passages(article.passages)) for article in articles]

    def _read(self, article: ScanInput) -> list[SentenceReading]:
        sentences, revise = article.sentences, article.revise
        references = article.references or [()] * len(sentences)
        spans = [list(find_words(sentence)) for sentence in sentences]
        words = [[s[a:b] for a, b in members] for s, members in zip(sentences, spans, strict=True)]
        decoded = decode_spans(revise(words, [self._score(s, each) for s, each in zip(sentences, spans, strict=True)]))
        return [
            SentenceReading(
                tuple(_place(sentence, members, span) for span in found),
                _judge(sentence),
                tuple(_judge(sentence) for _ in referred),
            )
            for sentence, members, found, referred in zip(sentences, spans, decoded, references, strict=True)
        ]

    def tag(self, rows: Words, revise: Revision = no_revision) -> list[list[str]]:
        """Tag single tokens that are names."""
        tagged = [[f"B-{self._names[token]}" if token in self._names else "O" for token in tokens] for tokens in rows]
        return decode_tags(revise(rows, [_certainties(tags) for tags in tagged]))

    def judge(self, sentence: str, spans: Sequence[tuple[int, int]]) -> list[Probabilities]:
        """Judge every span by its sentence."""
        return [_judge(sentence) for _ in spans]

    def judge_passages(self, passages: Sequence[str]) -> list[Probabilities]:
        """Judge every passage by its words."""
        return [_judge(passage) for passage in passages]

    def _score(self, sentence: str, words: Sequence[tuple[int, int]]) -> TagProbabilities:
        tags = [OUTSIDE] * len(words)
        for match in self._pattern.finditer(sentence):
            inside = [i for i, (start, end) in enumerate(words) if start < match.end() and end > match.start()]
            for index in inside:
                tags[index] = f"{'B' if index == inside[0] else 'I'}-{self._names[match[0]]}"
        return _certainties(tags)


def _certainties(tags: Sequence[str]) -> TagProbabilities:
    """Return almost certain probabilities for the tags; the rest is what a softmax leaves to the others."""
    rows = np.full((len(tags), len(TAGS)), LEFT_OVER)
    for row, tag in enumerate(tags):
        rows[row, TAG_INDEX[tag]] = 1 - LEFT_OVER * (len(TAGS) - 1)
    return rows


def _place(sentence: str, words: Sequence[tuple[int, int]], span: DecodedSpan) -> SpanReading:
    start, end = words[span.start][0], words[span.end - 1][1]
    return SpanReading(start, end, cast(EntityType, span.type), span.probability, _judge(sentence))


def _judge(sentence: str) -> Probabilities:
    if "hailed" in sentence:
        return GOOD
    return BAD if "blamed" in sentence else PLAIN
