"""Sentences remembered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.models.cache import EncodedSentence, SentenceCache


def see(words: int) -> EncodedSentence:
    return EncodedSentence(
        np.zeros((words, 9)), np.zeros((words, 128), np.float32), np.zeros(128, np.float32)
    ).make_read_only()


def test_the_same_comes_back() -> None:
    """A sentence that was added is found, and another is not."""
    cache, seen = SentenceCache(100_000), see(3)
    cache.add("one", seen)
    assert cache.find("one") is seen
    assert cache.find("two") is None


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 40)), max_size=60), st.integers(0, 60_000))
def test_the_limit_holds(added: list[tuple[str, int]], limit: int) -> None:
    """Whatever is added, the bytes stay within the limit, and are given back with what is forgotten."""
    cache = SentenceCache(limit)
    for text, words in added:
        cache.add(text, see(words))
        assert cache.used <= limit
        assert (cache.used == 0) == (len(cache) == 0)


def test_what_was_used_longest_ago_is_forgotten() -> None:
    """Finding a sentence keeps it; the one nobody asked for goes first."""
    one = see(1)
    cache = SentenceCache(2 * (one.size + 604))
    cache.add("a", one)
    cache.add("b", see(1))
    assert cache.find("a")
    cache.add("c", see(1))
    assert cache.find("a")
    assert cache.find("b") is None


def test_nothing_is_kept_without_room() -> None:
    """A limit of 0 turns the cache off."""
    cache = SentenceCache(0)
    cache.add("a", see(0))
    assert len(cache) == 0


def test_what_is_kept_cannot_be_changed() -> None:
    """Whoever writes into what was remembered fails, and changes no later reading."""
    seen = see(2)
    for array in (seen.tags, seen.spans, seen.first):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 1


def test_what_is_kept_holds_nothing_else_alive() -> None:
    """Arrays of its own have the same values and belong to no larger one."""
    rows = np.arange(36.0).reshape(4, 9)
    own = EncodedSentence(rows[1:3], rows[1:3].astype(np.float32), rows[0].astype(np.float32)).copy()
    assert own.tags.tolist() == rows[1:3].tolist()
    assert own.tags.base is None
    assert not own.tags.flags.writeable
