"""Other names in the same sentence."""

from __future__ import annotations

import random
import re

from services.enrichment.models.tag_decoding import DecodedSpan
from services.enrichment.words import find_words
from services.training.swap_names import Pools, exchange_names, vary_sentences

POOLS = Pools.of(
    {
        "PER": [("Olga", "Brandt"), ("Imre", "Szabo"), ("Plato",), ("R2-D2", "x")],
        "ORG": [("Velm", "Shipping"), ("Harbour",), ("Union", "of", "Dockers", "and", "Pilots")],
    }
)
TEXT = "Mara Lindqvist failed the Tarnby Port, Lindqvist's critics said."


def entities(*surfaces: tuple[str, str]) -> tuple[list[tuple[int, int]], list[DecodedSpan]]:
    """The words of TEXT, and the entities that it has, in order."""
    words = list(find_words(TEXT))
    spans, position = [], 0
    for surface, kind in surfaces:
        start = TEXT.index(surface, position)
        position = start + len(surface)
        inside = [index for index, (a, b) in enumerate(words) if a >= start and b <= position]
        spans.append(DecodedSpan(inside[0], inside[-1] + 1, kind, 1.0))
    return words, spans


WORDS, NAMED = entities(("Mara Lindqvist", "PER"), ("Tarnby Port", "ORG"), ("Lindqvist", "PER"))


def test_pools_hold_what_names_are_made_of() -> None:
    """Full names of two plain words lend both; an organisation's is short and capitalised throughout."""
    assert POOLS.forenames == ["Imre", "Olga"]
    assert POOLS.surnames == ["Brandt", "Szabo"]
    assert POOLS.organisations == ["Velm Shipping", "Harbour"]


def test_a_surname_stays_that_of_the_full_name() -> None:
    """A person is another one throughout the sentence, and what is said stays as it was."""
    for seed in range(40):
        varied = exchange_names(TEXT, WORDS, NAMED, POOLS, random.Random(seed))
        assert varied is not None
        found = re.fullmatch(
            r"(Olga|Imre) (\w+) failed the (Tarnby Port|Velm Shipping|Harbour), \2's critics said\.", varied
        )
        assert found and found[2] != "Lindqvist"


def test_a_sentence_that_names_nobody_is_not_varied() -> None:
    """There is nothing in it to exchange."""
    assert exchange_names(TEXT, WORDS, [], POOLS, random.Random(1)) is None
    assert [*vary_sentences([(TEXT, WORDS, [])], POOLS, 3)] == []


def test_the_text_alone_decides() -> None:
    """Whatever is varied before it, and each of the times another way."""
    alone = [*vary_sentences([(TEXT, WORDS, NAMED)], POOLS, 2)]
    after = [
        *vary_sentences(
            [("Mara left.", [(0, 4), (5, 9)], [DecodedSpan(0, 1, "PER", 1.0)]), (TEXT, WORDS, NAMED)], POOLS, 2
        )
    ]
    assert after[2:] == alone
    assert len(set(alone)) == 2
