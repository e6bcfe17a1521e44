"""From scores a word to the best legal IOB2 sequence, and the probability of each span in it.

The scores of words are independent; what couples them is that I-x follows only B-x or I-x. Under
that chain the best sequence is found by Viterbi and a span's probability by forward-backward, both
for all sentences of an article at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.enrichment.labels import TAG_INDEX, TAGS, can_follow, spans_of

Array = NDArray[np.float64]

ALLOWED: Final[Array] = np.array([[float(can_follow(a, b)) for b in TAGS] for a in TAGS])
"""1 where the column's tag may follow the row's."""

_BLOCKED: Final[Array] = np.where(ALLOWED > 0, 0.0, -np.inf)

_OUTSIDE: Final = TAG_INDEX["O"]

_FLOOR: Final = 1e-30
"""Smallest probability a tag gets: no sequence is impossible, so nothing divides by zero."""


@dataclass(frozen=True, slots=True)
class DecodedSpan:
    """An entity over words `start` to `end`, half open; `probability` 0 to 1."""

    start: int
    end: int
    type: str
    probability: float


def softmax(logits: NDArray[Any], temperature: float = 1.0) -> Array:
    """Return probabilities over the last axis, flattened by a temperature above 1."""
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=-1, keepdims=True)
    exponents = np.exp(scaled)
    return np.asarray(exponents / exponents.sum(axis=-1, keepdims=True))


def decode_tags(sentences: Sequence[Array]) -> list[list[str]]:
    """Return the likeliest legal tags of each sentence, given as (words, tags) probabilities."""
    if not sentences:
        return []
    padded = _pad(sentences)
    paths = _viterbi(np.log(padded))
    return [[TAGS[tag] for tag in path[: len(rows)]] for path, rows in zip(paths, sentences, strict=True)]


def decode_spans(sentences: Sequence[Array]) -> list[list[DecodedSpan]]:
    """Return the entities of each sentence, in order, with their probabilities."""
    if not sentences:
        return []
    padded = _pad(sentences)
    paths = _viterbi(np.log(padded))
    forward, backward, scales = _forward_backward(padded)
    decoded = []
    for index, rows in enumerate(sentences):
        tags = [TAGS[tag] for tag in paths[index][: len(rows)]]
        chain = _Chain(padded[index], forward[index], backward[index], scales[index])
        decoded.append([DecodedSpan(a, b, kind, chain.span(a, b, kind)) for a, b, kind in sorted(spans_of(tags))])
    return decoded


@dataclass(frozen=True, slots=True)
class _Chain:
    """Forward-backward of one sentence, scaled: forward times backward is a word's marginal."""

    probabilities: Array
    forward: Array
    backward: Array
    scales: Array

    def span(self, start: int, end: int, kind: str) -> float:
        begin, inner = TAG_INDEX[f"B-{kind}"], TAG_INDEX[f"I-{kind}"]
        probability = self.forward[start, begin]
        for word in range(start + 1, end):
            probability *= self.probabilities[word, inner] / self.scales[word]
        # The padding behind the last word is O for certain, so that a word always follows.
        after = ALLOWED[inner] * self.probabilities[end] * self.backward[end] / self.scales[end]
        return float(min(1.0, max(0.0, probability * (after.sum() - after[inner]))))


def _pad(sentences: Sequence[Array]) -> Array:
    """Stack sentences, each followed by at least one certain O, which decodes to itself."""
    longest = max(len(rows) for rows in sentences)
    padded = np.full((len(sentences), longest + 1, len(TAGS)), _FLOOR)
    padded[:, :, _OUTSIDE] = 1.0
    for index, rows in enumerate(sentences):
        padded[index, : len(rows)] = np.maximum(rows, _FLOOR)
    return padded


def _viterbi(scores: Array) -> NDArray[np.int64]:
    count, words, tags = scores.shape
    back = np.zeros((count, words, tags), dtype=np.int64)
    best = scores[:, 0] + _BLOCKED[_OUTSIDE]
    for word in range(1, words):
        candidates = best[:, :, None] + _BLOCKED
        back[:, word] = candidates.argmax(axis=1)
        best = candidates.max(axis=1) + scores[:, word]
    paths = np.zeros((count, words), dtype=np.int64)
    paths[:, -1] = best.argmax(axis=1)
    for word in range(words - 1, 0, -1):
        paths[:, word - 1] = back[np.arange(count), word, paths[:, word]]
    return paths


def _forward_backward(probabilities: Array) -> tuple[Array, Array, Array]:
    count, words, _ = probabilities.shape
    forward = np.zeros_like(probabilities)
    backward = np.ones_like(probabilities)
    scales = np.zeros((count, words))
    reach = np.broadcast_to(ALLOWED[_OUTSIDE], forward[:, 0].shape)
    for word in range(words):
        step = reach * probabilities[:, word]
        scales[:, word] = step.sum(axis=1)
        forward[:, word] = step / scales[:, word, None]
        reach = forward[:, word] @ ALLOWED
    for word in range(words - 2, -1, -1):
        following = probabilities[:, word + 1] * backward[:, word + 1] / scales[:, word + 1, None]
        backward[:, word] = following @ ALLOWED.T
    return forward, backward, scales
