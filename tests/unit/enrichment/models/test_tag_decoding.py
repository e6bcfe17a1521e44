"""Decoding of tags, compared with a search over all sequences."""

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


def compute_probability(rows: np.ndarray, tags: tuple[str, ...]) -> float:
    return float(np.prod([rows[word, TAGS.index(tag)] for word, tag in enumerate(tags)]))


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_the_best_legal_sequence_is_found(seed: int, words: int) -> None:
    """Viterbi finds the same sequence as a search over every legal one."""
    rows = draw_probabilities(seed, words)
    legal = [tags for tags in product(TAGS, repeat=words) if is_legal(tags)]
    assert tuple(decode_tags([rows])[0]) == max(legal, key=lambda tags: compute_probability(rows, tags))


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_a_span_has_the_probability_of_all_sequences_with_it(seed: int, words: int) -> None:
    """Forward-backward gives the same probability of a span as the sum over every legal sequence with it."""
    rows = draw_probabilities(seed, words)
    legal = [tags for tags in product(TAGS, repeat=words) if is_legal(tags)]
    total = sum(compute_probability(rows, tags) for tags in legal)
    for span in decode_spans([rows])[0]:
        holding = [tags for tags in legal if (span.start, span.end, span.type) in find_spans(list(tags))]
        assert span.probability == pytest.approx(
            sum(compute_probability(rows, tags) for tags in holding) / total, rel=1e-6
        )


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(0, 1000))
def test_other_sentences_do_not_change_a_decoding(words: list[int], seed: int) -> None:
    """Other sentences do not change how a sentence is decoded, to the last bit."""
    sentences = [draw_probabilities(seed + index, count) for index, count in enumerate(words)]
    alone = [decode_spans([rows])[0] for rows in sentences]
    for ours, theirs in zip(decode_spans(sentences), alone, strict=True):
        assert ours == theirs


def test_hundreds_of_sentences_are_decoded_in_order() -> None:
    """More sentences than are decoded at once, of many lengths, are decoded in their order and like each alone."""
    sentences = [draw_probabilities(index, (7 * index) % 23) for index in range(2 * TOGETHER + 5)]
    assert decode_spans(sentences) == [decode_spans([rows])[0] for rows in sentences]


def test_no_words_decode_to_no_tags() -> None:
    """No sentence, and a sentence without words, can be decoded."""
    assert decode_tags([]) == []
    assert decode_spans([np.zeros((0, len(TAGS)))]) == [[]]


def test_a_probability_of_zero_is_decoded() -> None:
    """A tag with probability 0 causes no division by zero and no warning."""
    rows = np.zeros((2, len(TAGS)))
    rows[:, TAGS.index("I-PER")] = 1.0
    assert len(decode_tags([rows])[0]) == 2


def test_a_temperature_above_one_flattens() -> None:
    """A temperature above 1 lowers the confidence and keeps the order."""
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
    """An entity begins with B-, or with an I- that continues nothing."""
    assert find_spans(tags) == spans
