"""Decoding against brute force."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enrichment.labels import TAGS, can_follow, find_spans
from services.enrichment.models.tag_decoding import TOGETHER, decode_spans, decode_tags, softmax


def draw_probabilities(seed: int, words: int) -> np.ndarray:
    return softmax(np.random.default_rng(seed).normal(size=(words, len(TAGS))) * 2)


def is_legal(tags: tuple[str, ...]) -> bool:
    return all(can_follow(a, b) for a, b in zip(("O", *tags), tags, strict=False))


def weigh(rows: np.ndarray, tags: tuple[str, ...]) -> float:
    return float(np.prod([rows[word, TAGS.index(tag)] for word, tag in enumerate(tags)]))


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_the_best_legal_sequence_is_found(seed: int, words: int) -> None:
    """Viterbi finds what trying every legal sequence finds."""
    rows = draw_probabilities(seed, words)
    legal = [tags for tags in product(TAGS, repeat=words) if is_legal(tags)]
    assert tuple(decode_tags([rows])[0]) == max(legal, key=lambda tags: weigh(rows, tags))


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_a_span_has_the_probability_of_all_sequences_that_hold_it(seed: int, words: int) -> None:
    """Forward-backward gives what adding up every legal sequence gives."""
    rows = draw_probabilities(seed, words)
    legal = [tags for tags in product(TAGS, repeat=words) if is_legal(tags)]
    total = sum(weigh(rows, tags) for tags in legal)
    for span in decode_spans([rows])[0]:
        holding = [tags for tags in legal if (span.start, span.end, span.type) in find_spans(list(tags))]
        assert span.probability == pytest.approx(sum(weigh(rows, tags) for tags in holding) / total, rel=1e-6)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(0, 1000))
def test_a_sentence_is_decoded_alike_alone_and_among_others(words: list[int], seed: int) -> None:
    """Decoding together changes nothing, to the last bit."""
    sentences = [draw_probabilities(seed + index, count) for index, count in enumerate(words)]
    alone = [decode_spans([rows])[0] for rows in sentences]
    for ours, theirs in zip(decode_spans(sentences), alone, strict=True):
        assert ours == theirs


def test_hundreds_of_sentences_are_decoded_alike_alone_and_together() -> None:
    """More than are decoded in one go, of many lengths and in no order, come out in theirs, to the last bit."""
    sentences = [draw_probabilities(index, (7 * index) % 23) for index in range(2 * TOGETHER + 5)]
    assert decode_spans(sentences) == [decode_spans([rows])[0] for rows in sentences]


def test_nothing_decodes_to_nothing() -> None:
    """No sentence, and a sentence without a word, are no trouble."""
    assert decode_tags([]) == []
    assert decode_spans([np.zeros((0, len(TAGS)))]) == [[]]


def test_certain_zeros_are_survived() -> None:
    """A tag of probability 0 neither divides by zero nor warns."""
    rows = np.zeros((2, len(TAGS)))
    rows[:, TAGS.index("I-PER")] = 1.0
    assert len(decode_tags([rows])[0]) == 2


def test_a_temperature_above_one_flattens() -> None:
    """Temperature changes confidence and never the order."""
    logits = np.array([[3.0, 1.0, 0.0]])
    assert softmax(logits, 2.0).max() < softmax(logits).max()
    assert softmax(logits, 2.0).argmax() == softmax(logits).argmax()


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        (["B-PER", "I-PER", "O"], {(0, 2, "PER")}),
        (["B-PER", "B-PER"], {(0, 1, "PER"), (1, 2, "PER")}),
        (["I-LOC", "I-ORG"], {(0, 1, "LOC"), (1, 2, "ORG")}),
        (["O", "B-ORG", "I-ORG"], {(1, 3, "ORG")}),
        ([], set()),
    ],
)
def test_spans_of_tags(tags: list[str], spans: set[tuple[int, int, str]]) -> None:
    """Entities begin with B-, or with an I- that continues nothing."""
    assert find_spans(tags) == spans
