"""Facts in a signature by which versions and changes of an article are recognised."""

from __future__ import annotations

import pytest

from services.enrichment.matching import compute_signature
from services.enrichment.matching.signatures.facts import PARAGRAPHS, compare_paragraphs, find_page, hash_paragraphs

SLUG = "harbour-bridge-vote-delayed"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (f"https://wire.example/2026/{SLUG}", f"https://www.wire.example/news/{SLUG}", True),
        (f"https://wire.example/{SLUG}.html", f"https://m.wire.example/{SLUG}/amp", True),
        (f"https://wire.example/{SLUG}", f"https://other.example/{SLUG}", False),
        ("https://wire.example/live/updates", "https://wire.example/sport/updates", False),
        ("https://wire.example/story?id=1", "https://wire.example/story?id=2", False),
        ("https://wire.example/story/71", "https://wire.example/story/71.html", True),
        ("https://wire.example/", "https://www.wire.example/index.html", True),
    ],
)
def test_a_page_is_identified_by_its_slug_or_its_path(one: str, other: str, same: bool) -> None:
    """A slug of four words identifies a page on its host in any folder; without one the whole path must be equal."""
    assert (find_page(one) == find_page(other)) == same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("It rose 3.5 percent to 12.", "To 12 it climbed, by 3.5 of a hundred.", True),
        ("It rose 3.5 percent.", "It rose 5.3 percent.", False),
        ("It rose 12 percent.", "It rose percent.", False),
        ("No number here.", "None at all.", True),
        ("12 and 12 again.", "12.", True),
    ],
)
def test_numbers_are_a_set(one: str, other: str, same: bool) -> None:
    """Two texts have equal numbers if the sets are equal: order and surrounding words do not matter."""
    assert (compute_signature(None, one).numbers == compute_signature(None, other).numbers) == same


def test_added_and_removed_paragraphs_are_counted() -> None:
    """Added and removed paragraphs are counted by their words, in any order."""
    old = hash_paragraphs([b"a", b"b", b"c"])

    assert compare_paragraphs(old, hash_paragraphs([b"c", b"a", b"b"])) == (0, 0)
    assert compare_paragraphs(old, hash_paragraphs([b"a", b"b", b"d", b"e"])) == (2, 1)


def test_the_same_paragraphs_of_long_articles_are_compared() -> None:
    """If a signature has no room for all hashes, paragraphs after the last stored hash do not count as changes."""
    texts = [b"paragraph %d" % number for number in range(5 * PARAGRAPHS)]
    whole, part = hash_paragraphs(texts), hash_paragraphs(texts[:-3])
    added, removed = compare_paragraphs(whole, part)

    assert len(whole) == PARAGRAPHS
    assert added == 0
    assert removed <= 3
