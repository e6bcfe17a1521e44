"""Hashes of all words and of all runs of words of a text, in one step: 64 bits each, the same on every machine.

A word's hash is a polynomial of its bytes, and a run's hash is a polynomial of its words' hashes (Karp and Rabin 1987,
Efficient randomized pattern-matching algorithms). Both are differences of running sums, so that no loop runs in Python:
a dozen array operations take less time than one call of a hash function for each word. The high bits of the hashes are
uniform; the low bits are not, and need `mix_bits`.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Flags = NDArray[np.bool_]

LETTER_BASE = 0x9E3779B97F4A7C15
"""Base of the letters' polynomial: 2^64 divided by the golden ratio, odd and without a pattern (Knuth, TAOCP 6.4)."""

WORD_BASE = 0xC2B2AE3D27D4EB4F
"""Base of the words' polynomial, a prime of xxHash (Collet 2012). It differs from the letters' base, so that a letter
that moves between words changes the sum."""

MULTIPLIER = 0xD6E8FEB86659FD93
"""Multiplier of rrmxmx (Evensen 2018), found by search: the high bits of a product depend on all bits of a factor."""

MASK_64 = 2**64 - 1

BLOCK = 65_536
"""Maximum number of bytes or words whose running sum is computed in one step. Longer texts are hashed block by block,
so that a table of powers stays at half a megabyte."""


def _compute_powers(base: int) -> Hashes:
    """Return the powers of a number modulo 2^64, with exponents from 0 to BLOCK."""
    factors = np.full(BLOCK + 1, base, np.uint64)
    factors[0] = 1
    return factors.cumprod()


_LETTER_POWERS, _LETTER_INVERSES = _compute_powers(LETTER_BASE), _compute_powers(pow(LETTER_BASE, -1, 2**64))
_WORD_POWERS, _WORD_INVERSES = _compute_powers(WORD_BASE), _compute_powers(pow(WORD_BASE, -1, 2**64))
_HALF = np.uint64(32)
_FACTOR = np.uint64(MULTIPLIER)
_BLANK = ord(" ")
_NINE = ord("9")
"""Highest first byte of a number: a word begins with a letter, a digit or `_`, and only digits sort up to here."""


def mix_bits(values: Hashes) -> Hashes:
    """Return values whose high bits depend on all bits of the given ones."""
    return (values ^ (values >> _HALF)) * _FACTOR


def hash_words(encoded: bytes) -> tuple[Hashes, Flags]:
    """Return the hash of each word and whether it begins with a digit, for UTF-8 words with one blank between two."""
    if not encoded:
        return np.empty(0, np.uint64), np.empty(0, np.bool_)
    if len(encoded) < BLOCK:
        return _hash_block(encoded)
    hashes, flags = zip(*map(_hash_block, _split_blocks(encoded)), strict=True)
    return np.concatenate(hashes), np.concatenate(flags)


def hash_runs(hashes: Hashes, *lengths: int) -> list[Hashes]:
    """Return, for each length, the hashes of all runs of that many words, in their order; empty for a shorter text."""
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


def _split_blocks(encoded: bytes) -> list[bytes]:
    """Split words into blocks; a word that is longer than a block is split too."""
    cuts = [0]
    while len(encoded) - cuts[-1] >= BLOCK:
        blank = encoded.rfind(b" ", cuts[-1] + 1, cuts[-1] + BLOCK - 1)
        cuts.append(blank + 1 if blank >= 0 else cuts[-1] + BLOCK - 1)
    return [encoded[begin:end].removesuffix(b" ") for begin, end in pairwise([*cuts, len(encoded)])]
