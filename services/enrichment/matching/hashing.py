"""Hashes of all words of a text at once, and of all runs of them: 64 bits each, the same on every machine.

A word's hash is a polynomial of its bytes, a run's a polynomial of its words' hashes (Karp and Rabin 1987, Efficient
randomized pattern-matching algorithms), both read off running sums, so that no loop is in Python: a dozen array
operations take less time than a hash call a word. Their high bits are uniform, their low ones need `spread`.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Flags = NDArray[np.bool_]

LETTERS = 0x9E3779B97F4A7C15
"""Base of the letters' polynomial: 2^64 over the golden ratio, odd and without pattern (Knuth, TAOCP 6.4)."""

WORDS = 0xC2B2AE3D27D4EB4F
"""Base of the words' polynomial; another one, so that a letter that moves between words changes the sum. A prime of
xxHash (Collet 2012)."""

MULTIPLIER = 0xD6E8FEB86659FD93
"""Of rrmxmx (Evensen 2018): found by search for how much the high bits of a product depend on all of a factor's."""

MASK_64 = 2**64 - 1

BLOCK = 65_536
"""Bytes or words whose running sum is taken at once: longer texts go by blocks, so that a megabyte of powers does."""


def _raise(base: int) -> Hashes:
    """The powers of a number modulo 2^64, from 0 to BLOCK."""
    factors = np.full(BLOCK + 1, base, np.uint64)
    factors[0] = 1
    return factors.cumprod()


_LETTER_POWERS, _LETTER_INVERSES = _raise(LETTERS), _raise(pow(LETTERS, -1, 2**64))
_WORD_POWERS, _WORD_INVERSES = _raise(WORDS), _raise(pow(WORDS, -1, 2**64))
_HALF = np.uint64(32)
_FACTOR = np.uint64(MULTIPLIER)
_BLANK = ord(" ")
_NINE = ord("9")
"""What a word begins with is a letter, a digit or `_`, and of those only digits come before this."""


def spread(values: Hashes) -> Hashes:
    """Values whose high bits depend on all bits of those given."""
    return (values ^ (values >> _HALF)) * _FACTOR


def hash_words(encoded: bytes) -> tuple[Hashes, Flags]:
    """The hash of each word, and whether it begins with a digit; words stand in UTF-8 with one blank between two."""
    if not encoded:
        return np.empty(0, np.uint64), np.empty(0, np.bool_)
    if len(encoded) < BLOCK:
        return _hash_block(encoded)
    hashes, flags = zip(*map(_hash_block, _cut(encoded)), strict=True)
    return np.concatenate(hashes), np.concatenate(flags)


def hash_runs(hashes: Hashes, *lengths: int) -> list[Hashes]:
    """For each length the hashes of all runs of so many words, in their order; none where there are fewer words."""
    if len(hashes) > BLOCK:
        longest = max(lengths)
        pieces = [hash_runs(hashes[at : at + BLOCK], *lengths) for at in range(0, len(hashes), BLOCK - longest + 1)]
        return [np.concatenate(runs) for runs in zip(*pieces, strict=True)]
    sums = np.zeros(len(hashes) + 1, np.uint64)
    (hashes * _WORD_POWERS[: len(hashes)]).cumsum(out=sums[1:])
    found = []
    for length in lengths:
        runs = sums[length:] - sums[:-length]
        runs *= _WORD_INVERSES[: len(runs)]
        found.append(runs)
    return found


def _hash_block(encoded: bytes) -> tuple[Hashes, Flags]:
    letters = np.frombuffer(encoded + b" ", np.uint8)
    ends = (letters == _BLANK).nonzero()[0]
    starts = np.empty_like(ends)
    starts[0] = 0
    np.add(ends[:-1], 1, out=starts[1:])
    terms = letters.astype(np.uint64)
    terms *= _LETTER_POWERS[: len(letters)]
    sums = terms.cumsum()[ends]
    hashes = sums.copy()
    hashes[1:] -= sums[:-1]
    hashes *= _LETTER_INVERSES[starts]
    return hashes, letters[starts] <= _NINE


def _cut(encoded: bytes) -> list[bytes]:
    """The words by blocks; a word that is longer than a block is cut as well."""
    cuts = [0]
    while len(encoded) - cuts[-1] >= BLOCK:
        blank = encoded.rfind(b" ", cuts[-1] + 1, cuts[-1] + BLOCK - 1)
        cuts.append(blank + 1 if blank >= 0 else cuts[-1] + BLOCK - 1)
    return [encoded[begin:end].removesuffix(b" ") for begin, end in pairwise([*cuts, len(encoded)])]
