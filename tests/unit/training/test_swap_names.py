"""Swapping of the names in a sentence."""

from __future__ import annotations

import random
import re

from services.enrichment.models.tag_decoding import DecodedSpan
from services.enrichment.words import find_words
from services.training.swap_names import NamePools, swap_text_names, vary_sentences

POOLS = NamePools.from_names(
    {
        "PER": [("Olga", "Brandt"), ("Imre", "Szabo"), ("Plato",), ("R2-D2", "x")],
        "ORG": [("Velm", "Shipping"), ("Harbour",), ("Union", "of", "Dockers", "and", "Pilots")],
    }
)
TEXT = "Mara Lindqvist failed the Tarnby Port, Lindqvist's critics said."


def entities(*surfaces: tuple[str, str]) -> tuple[list[tuple[int, int]], list[DecodedSpan]]:
    """Return the words of TEXT and its entities, in order."""
    words = list(find_words(TEXT))
    spans, position = [], 0
    for surface, kind in surfaces:
        start = TEXT.index(surface, position)
        position = start + len(surface)
        inside = [index for index, (a, b) in enumerate(words) if a >= start and b <= position]
        spans.append(DecodedSpan(inside[0], inside[-1] + 1, kind, 1.0))
    return words, spans


WORDS, NAMED = entities(("Mara Lindqvist", "PER"), ("Tarnby Port", "ORG"), ("Lindqvist", "PER"))


def test_pools_have_the_parts_of_names() -> None:
    """Full names of two plain words give first names and surnames; organisations' names are short and capitalised."""
    assert POOLS.forenames == ["Imre", "Olga"]
    assert POOLS.surnames == ["Brandt", "Szabo"]
    assert POOLS.organisations == ["Velm Shipping", "Harbour"]


def test_a_surname_matches_the_full_name() -> None:
    """A person gets the same other name in the whole sentence, and the other words are unchanged."""
    for seed in range(40):
        varied = swap_text_names(TEXT, WORDS, NAMED, POOLS, random.Random(seed))
        assert varied is not None
        found = re.fullmatch(
            r"(Olga|Imre) (\w+) failed the (Tarnby Port|Velm Shipping|Harbour), \2's critics said\.", varied
        )
        assert found and found[2] != "Lindqvist"


def test_a_sentence_without_names_is_not_varied() -> None:
    """A sentence without names has no variation."""
    assert swap_text_names(TEXT, WORDS, [], POOLS, random.Random(1)) is None
    assert [*vary_sentences([(TEXT, WORDS, [])], POOLS, 3)] == []


def test_variations_depend_on_the_text_alone() -> None:
    """A sentence's variations depend on its text alone and not on earlier sentences, and differ from each other."""
    alone = [*vary_sentences([(TEXT, WORDS, NAMED)], POOLS, 2)]
    after = [
        *vary_sentences(
            [("Mara left.", [(0, 4), (5, 9)], [DecodedSpan(0, 1, "PER", 1.0)]), (TEXT, WORDS, NAMED)], POOLS, 2
        )
    ]
    assert after[2:] == alone
    assert len(set(alone)) == 2
