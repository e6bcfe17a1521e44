"""The sketch of a set of shingles: 64 bytes from which the similarity of two sets is estimated.

One-permutation hashing (Li, Owen and Zhang 2012): each shingle belongs to one of 256 bins by its hash, and each bin
keeps its smallest shingle. An empty bin copies the value of its neighbour (Shrivastava and Li 2014, Densifying one
permutation hashing). Only two bits of each value are stored (b-bit minwise hashing, Li and Koenig 2010). Different
values therefore agree in one of four cases, and the estimate corrects for that. A sketch is as accurate as 128 whole
MinHash values, which take eight times the space and longer to compute.
"""

from __future__ import annotations

import numpy as np

from services.enrichment.matching.signatures.hashing import LETTER_BASE, Hashes, mix_bits

BINS = 256
SKETCH_BYTES = BINS * 2 // 8

CHANCE = 0.25
"""Probability that the two stored bits of different values are equal."""

SIMILARITY = tuple(max(0.0, (equal / BINS - CHANCE) / (1 - CHANCE)) for equal in range(BINS + 1))
"""Estimated similarity, 0 to 1, for each number of equal bins."""

_SALTS = np.arange(BINS, dtype=np.uint64) * np.uint64(LETTER_BASE)
"""Salt of each bin, so that one value copied into several bins has different bits in each."""
_PLANES = np.array([[0x80], [0x40]], np.uint8)
"""Masks of the two bits that are stored of a value's highest byte: the first bit of all bins, then the second."""
_PLANE = (1 << BINS) - 1


def build_sketch(shingles: Hashes) -> bytes:
    """Return the sketch of distinct shingles in ascending order; there must be at least one."""
    bins = shingles.view(np.uint8)[_TOP_BYTE::8]
    counts = np.bincount(bins, minlength=BINS)
    ends = counts.cumsum()
    # The last filled bin up to each one. Before the first filled bin, the index -1 selects the last one.
    filled = bins[ends - 1]
    values = shingles[(ends - counts)[filled]]
    top = mix_bits(values + _SALTS).view(np.uint8)[_TOP_BYTE::8]
    return np.packbits(top & _PLANES).tobytes()


def read_sketch(sketch: bytes | bytearray) -> int:
    """Return a sketch as the number that `count_equal` needs."""
    return int.from_bytes(sketch, "little")


def count_equal(one: int, other: int) -> int:
    """Count the bins in which two sketches agree."""
    different = one ^ other
    return BINS - ((different >> BINS | different) & _PLANE).bit_count()


_TOP_BYTE = 7 if np.little_endian else 0
"""Index of the highest byte in a 64-bit number."""
