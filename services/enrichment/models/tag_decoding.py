"""Decoding of tag probabilities: the best valid IOB2 sequence, and the probability of each span in it.

The probabilities of words are independent, except that I-x may only follow B-x or I-x. Under this chain the Viterbi
algorithm finds the best sequence, and the forward-backward algorithm computes the probability of a span. Both process
many sentences in one step: arrays are (words, tags, sentences), so that a step over all sentences is one operation, and
the arithmetic for one sentence is the same whatever the others are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.enrichment.labels import ENTITY_TYPES, TAG_INDEX, TAGS, can_follow

Array = NDArray[np.float64]

ALLOWED: Final[Array] = np.array([[float(can_follow(a, b)) for b in TAGS] for a in TAGS])
"""Matrix with 1 where the tag of the column may follow the tag of the row, else 0."""

_BLOCKED: Final[Array] = np.where(ALLOWED > 0, 0.0, -np.inf)

_BEGIN: Final = slice(1, None, 2)
_INNER: Final = slice(2, None, 2)
"""Positions in `labels.TAGS` of all B- and of all I-, in the same order of types."""

_BEGIN_TAGS: Final = np.arange(1, len(TAGS), 2)[:, None]
_INNER_TAGS: Final = _BEGIN_TAGS + 1

_OUTSIDE: Final = TAG_INDEX["O"]

TOGETHER: Final = 96
"""Maximum number of sentences of similar length that are decoded together: one step for each word of the longest, and
little padding."""

_FLOOR: Final = 1e-30
"""Minimum probability of a tag: with it no sequence is impossible, so that nothing is divided by zero."""


@dataclass(frozen=True, slots=True)
class DecodedSpan:
    """An entity over words `start` to `end`, half open; `probability` is 0 to 1."""

    start: int
    end: int
    type: str
    probability: float


def softmax(logits: NDArray[Any], temperature: float = 1.0) -> Array:
    """Return probabilities over the last axis; a temperature above 1 makes them flatter."""
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=-1, keepdims=True)
    exponents = np.exp(scaled)
    return np.asarray(exponents / exponents.sum(axis=-1, keepdims=True))


def decode_tags(sentences: Sequence[Array]) -> list[list[str]]:
    """Return the most likely valid tags of each sentence, given as (words, tags) probabilities."""
    if not sentences:
        return []
    paths = _find_paths(_pad(sentences))
    return [[TAGS[tag] for tag in path[: len(rows)]] for path, rows in zip(paths.T.tolist(), sentences, strict=True)]


def decode_spans(sentences: Sequence[Array]) -> list[list[DecodedSpan]]:
    """Return the entities of each sentence, in order, with their probabilities."""
    decoded: list[list[DecodedSpan]] = [[] for _ in sentences]
    by_length = sorted(range(len(sentences)), key=lambda index: len(sentences[index]))
    for start in range(0, len(by_length), TOGETHER):
        members = by_length[start : start + TOGETHER]
        for index, spans in zip(members, _decode_batch([sentences[index] for index in members]), strict=True):
            decoded[index] = spans
    return decoded


def _decode_batch(sentences: Sequence[Array]) -> list[list[DecodedSpan]]:
    padded = _pad(sentences)
    paths = _find_paths(padded)
    holding = np.flatnonzero((paths != _OUTSIDE).any(axis=0))
    decoded: list[list[DecodedSpan]] = [[] for _ in sentences]
    if len(holding):
        spans = _list_spans(paths[:, holding])
        # For a single sentence numpy would add the tags in another order than for several.
        columns = holding if len(holding) > 1 else holding.repeat(2)
        longest = max(len(sentences[column]) for column in holding.tolist()) + 1
        chances = _compute_span_probabilities(np.ascontiguousarray(padded[:longest, :, columns]), spans)
        for (column, start, end, kind), chance in zip(spans, chances.tolist(), strict=True):
            decoded[holding[column]].append(DecodedSpan(start, end, ENTITY_TYPES[kind], chance))
    return decoded


def _list_spans(paths: NDArray[np.int64]) -> list[tuple[int, int, int, int]]:
    """Return the spans of valid paths, in order, as (column, first word, word after the last, type)."""
    spans: list[tuple[int, int, int, int]] = []
    sentences, words = np.nonzero(paths.T != _OUTSIDE)
    tags = paths[words, sentences]
    for sentence, word, tag in zip(sentences.tolist(), words.tolist(), tags.tolist(), strict=True):
        kind, is_inner = divmod(tag - 1, 2)
        if is_inner:
            spans[-1] = (*spans[-1][:2], word + 1, kind)
        else:
            spans.append((sentence, word, word + 1, kind))
    return spans


def _compute_span_probabilities(probabilities: Array, spans: Sequence[tuple[int, int, int, int]]) -> Array:
    """Return the probability of each span under the chain, from arrays (words, tags, sentences)."""
    forward, scales, ends = _forward_backward(probabilities)
    sentences, starts, stops, kinds = (np.array(column) for column in zip(*spans, strict=True))
    begins = 1 + 2 * kinds
    chances = forward[starts, begins, sentences]
    for step in range(1, int((stops - starts).max())):
        longer = np.flatnonzero(stops - starts > step)
        words, where = starts[longer] + step, sentences[longer]
        chances[longer] *= probabilities[words, begins[longer] + 1, where] / scales[words, where]
    # The padding after the last word is certainly O, so that each span has a next word.
    return np.asarray(np.clip(chances * ends[stops, sentences], 0.0, 1.0))


def _pad(sentences: Sequence[Array]) -> Array:
    """Stack sentences, each followed by at least one certain O, which is decoded as O."""
    longest = max(len(rows) for rows in sentences)
    padded = np.full((len(sentences), longest + 1, len(TAGS)), _FLOOR)
    padded[:, :, _OUTSIDE] = 1.0
    for index, rows in enumerate(sentences):
        np.maximum(rows, _FLOOR, out=padded[index, : len(rows)])
    return np.ascontiguousarray(padded.transpose(1, 2, 0))


def _find_paths(probabilities: Array) -> NDArray[np.int64]:
    """Return the most likely valid tag sequence of each sentence, in the shape (words, sentences).

    Viterbi runs only for the sentences in which the most likely tag of each word gives an invalid sequence.
    """
    paths: NDArray[np.int64] = probabilities.argmax(axis=1)
    before = np.vstack([np.full((1, paths.shape[1]), _OUTSIDE), paths[:-1]])
    broken = np.flatnonzero((ALLOWED[before, paths] == 0).any(axis=0))
    if len(broken):
        # A tail of words whose likeliest tag is O stays O.
        last = np.flatnonzero((paths[:, broken] != _OUTSIDE).any(axis=1))[-1]
        paths[: last + 1, broken] = _viterbi(np.log(probabilities[: last + 1, :, broken]))
    return paths


def _viterbi(scores: Array) -> NDArray[np.int64]:
    words, tags, count = scores.shape
    back = np.empty((words, tags, count), dtype=np.int64)
    best = scores[0] + _BLOCKED[_OUTSIDE][:, None]
    for word in range(1, words):
        # Only I-x depends on the tag before it, which must be B-x or I-x.
        begins, inner = best[_BEGIN], best[_INNER]
        back[word] = best.argmax(axis=0)
        back[word, _INNER] = np.where(inner > begins, _INNER_TAGS, _BEGIN_TAGS)
        reach = np.empty_like(best)
        reach[:] = best.max(axis=0)
        np.maximum(begins, inner, out=reach[_INNER])
        best = np.add(reach, scores[word], out=reach)
    paths = np.empty((words, count), dtype=np.int64)
    paths[-1] = best.argmax(axis=0)
    columns = np.arange(count)
    for word in range(words - 1, 0, -1):
        paths[word - 1] = back[word, paths[word], columns]
    return paths


def _forward_backward(probabilities: Array) -> tuple[Array, Array, Array]:
    """Return forward probabilities, their scales, and the probability mass after an entity's end, for each word.

    The forward probabilities are scaled to a sum of 1 for each word. All tags except I-x may follow any tag, and I-x
    follows B-x and I-x. The chain has no other transitions, so that a step needs sums and no matrix.
    """
    words, _, count = probabilities.shape
    forward, scales, ends = np.empty_like(probabilities), np.empty((words, count)), np.empty((words, count))
    reach = np.ones_like(probabilities[0])
    inner = reach[_INNER]
    inner[:] = 0.0
    for chances, step, scale in zip(probabilities, forward, scales, strict=True):
        np.multiply(reach, chances, out=step)
        np.add.reduce(step, axis=0, out=scale)
        np.divide(step, scale, out=step)
        np.add(step[_BEGIN], step[_INNER], out=inner)
    backward = np.ones_like(reach)
    begins, inner = backward[_BEGIN], backward[_INNER]
    following = np.empty_like(reach)
    for chances, scale, end in zip(probabilities[::-1], scales[::-1], ends[::-1], strict=True):
        np.multiply(chances, backward, out=following)
        np.divide(following, scale, out=following)
        np.add.reduce(following[_BEGIN], axis=0, out=end)
        np.add(following[_OUTSIDE], end, out=end)
        backward[_OUTSIDE] = end
        np.add(following[_INNER], end, out=inner)
        begins[:] = inner
    return forward, scales, ends
