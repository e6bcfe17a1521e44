"""Variations of labelled sentences: their labels remain right."""

from __future__ import annotations

import random

from services.enrichment.labels import find_spans
from services.training.augment import Names, collect_names, headline_case, recase, swap_names, vary
from services.training.corpus import Example

EXAMPLES = [
    Example("set", "", ("Mara", "Lindqvist", "left", "Tarnby"), ("B-PER", "I-PER", "O", "B-LOC")),
    Example("set", "", ("OLSEN", "WINS"), ("B-PER", "O")),
    Example("set", "", ("Port", "of", "Velm", "froze"), ("B-LOC", "I-LOC", "I-LOC", "O")),
]


def test_swapped_names_keep_their_types_and_the_other_words() -> None:
    """Swapped names keep their types and order, and the other words stay."""
    names = collect_names(EXAMPLES)
    for seed in range(40):
        swapped = swap_names(EXAMPLES[0], names, random.Random(seed))
        assert len(swapped.tokens) == len(swapped.tags)
        spans = sorted(find_spans(list(swapped.tags)))
        assert [kind for _, _, kind in spans] == ["PER", "LOC"]
        known = {kind: {tuple(name) for name in members} for kind, members in names.items()}
        assert all(b - a == 1 or swapped.tokens[a:b] in known[k] for a, b, k in spans)
        assert "left" in swapped.tokens


def test_some_names_of_one_word_are_invented() -> None:
    """An invented name is one capitalised word, and replaces only a name of one word."""
    names: Names = {"LOC": [("Tarnby",)]}
    drawn = {
        swap_names(EXAMPLES[0], names | {"PER": [("Mara", "Lindqvist")]}, random.Random(s)).tokens for s in range(60)
    }
    places = {tokens[-1] for tokens in drawn}
    assert len(places) > 5
    assert all(place.istitle() for place in places)
    assert {tokens[:2] for tokens in drawn} == {("Mara", "Lindqvist")}


def test_a_name_in_capitals_is_replaced_by_one_in_capitals() -> None:
    """A name in capitals is replaced by a name in capitals."""
    names: Names = {"PER": [("Mara", "Lindqvist")]}
    drawn = {swap_names(EXAMPLES[1], names, random.Random(seed)).tokens for seed in range(20)}
    assert drawn == {("OLSEN", "WINS"), ("MARA", "LINDQVIST", "WINS")}


def test_a_change_of_case_does_not_move_targets() -> None:
    """Sentiment targets are spans of text, so that a change of case never moves them."""
    example = Example("set", "", text="Straße blockiert, says the mayor", targets=((27, 32, 1),))
    for seed in range(200):
        varied = recase(example, random.Random(seed))
        assert varied.text[27:32].lower() == "mayor"


def test_the_same_seed_gives_the_same_variation() -> None:
    """The seed alone determines the variation."""
    names = collect_names(EXAMPLES)
    drawn = [[vary(example, names, random.Random(5)) for example in EXAMPLES] for _ in range(2)]
    assert drawn[0] == drawn[1]


def test_headline_case_leaves_small_words_small() -> None:
    """Articles and prepositions keep small letters, and names keep their capitals."""
    assert [headline_case(word) for word in "talks on NATO in the north".split()] == [
        "Talks",
        "on",
        "NATO",
        "in",
        "the",
        "North",
    ]
