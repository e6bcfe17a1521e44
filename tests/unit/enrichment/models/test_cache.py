"""Cache of encoded sentences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.models.cache import EncodedSentence, SentenceCache


def build_sentence(words: int) -> EncodedSentence:
    return EncodedSentence(
        np.zeros((words, 9)), np.zeros((words, 128), np.float32), np.zeros(128, np.float32)
    ).make_read_only()


def test_an_added_sentence_is_found() -> None:
    """The cache finds a sentence that was added, and no other."""
    cache, seen = SentenceCache(100_000), build_sentence(3)
    cache.add("one", seen)
    assert cache.find("one") is seen
    assert cache.find("two") is None


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 40)), max_size=60), st.integers(0, 60_000))
def test_the_limit_holds(added: list[tuple[str, int]], limit: int) -> None:
    """The bytes in use never exceed the limit, and evicted sentences free theirs."""
    cache = SentenceCache(limit)
    for text, words in added:
        cache.add(text, build_sentence(words))
        assert cache.used <= limit
        assert (cache.used == 0) == (len(cache) == 0)


def test_the_least_recently_used_sentence_is_evicted() -> None:
    """The cache evicts the sentence that was used longest ago."""
    one = build_sentence(1)
    cache = SentenceCache(2 * (one.size + 604))
    cache.add("a", one)
    cache.add("b", build_sentence(1))
    assert cache.find("a")
    cache.add("c", build_sentence(1))
    assert cache.find("a")
    assert cache.find("b") is None


def test_a_limit_of_zero_caches_nothing() -> None:
    """A limit of 0 turns the cache off."""
    cache = SentenceCache(0)
    cache.add("a", build_sentence(0))
    assert len(cache) == 0


def test_cached_arrays_are_read_only() -> None:
    """Writing into a cached array is an error, so that no later reading changes."""
    seen = build_sentence(2)
    for array in (seen.tags, seen.spans, seen.first):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 1


def test_a_copy_owns_its_arrays() -> None:
    """The copy of a sentence has equal values in its own arrays, so that it keeps no larger array in memory."""
    rows = np.arange(36.0).reshape(4, 9)
    own = EncodedSentence(rows[1:3], rows[1:3].astype(np.float32), rows[0].astype(np.float32)).copy()
    assert own.tags.tolist() == rows[1:3].tolist()
    assert own.tags.base is None
    assert not own.tags.flags.writeable
