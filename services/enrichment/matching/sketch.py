"""The sketch of a set of shingles: 64 bytes by which the similarity of two sets is estimated.

One-permutation hashing (Li, Owen and Zhang 2012): the shingles fall into 256 bins by their hash, and of each bin the
smallest is kept; a bin that is empty takes its neighbour's (Shrivastava and Li 2014, Densifying one permutation
hashing). Of each bin two bits are kept (b-bit minwise hashing, Li and Koenig 2010): different values agree in one of
four cases, which the estimate takes into account. Its standard error at a similarity of 0.5 is 0.039 for 300
shingles, where 128 whole MinHash values, eight times as large and slower to compute, have 0.042.
"""

from __future__ import annotations

import numpy as np

from services.enrichment.matching.hashing import LETTERS, Hashes, spread

BINS = 256
SKETCH_BYTES = BINS * 2 // 8

CHANCE = 0.25
"""That two bits of different values are equal."""

SIMILARITY = tuple(max(0.0, (equal / BINS - CHANCE) / (1 - CHANCE)) for equal in range(BINS + 1))
"""The estimate by how many bins are equal."""

_SALTS = np.arange(BINS, dtype=np.uint64) * np.uint64(LETTERS)
"""So that a value that several bins have taken has bits of its own in each."""
_PLANES = np.array([[0x80], [0x40]], np.uint8)
"""The two bits that are kept of a value's highest byte: first the one of all bins, then the other."""
_PLANE = (1 << BINS) - 1


def build_sketch(shingles: Hashes) -> bytes:
    """The sketch of distinct shingles, at least one, in ascending order."""
    bins = shingles.view(np.uint8)[_TOP_BYTE::8]
    counts = np.bincount(bins, minlength=BINS)
    ends = counts.cumsum()
    # The last filled bin up to each; before the first one, -1 goes around to the last.
    filled = bins[ends - 1]
    values = shingles[(ends - counts)[filled]]
    top = spread(values + _SALTS).view(np.uint8)[_TOP_BYTE::8]
    return np.packbits(top & _PLANES).tobytes()


def read_sketch(sketch: bytes | bytearray) -> int:
    """A sketch as the number that `count_equal` takes."""
    return int.from_bytes(sketch, "little")


def count_equal(one: int, other: int) -> int:
    """In how many bins two sketches agree."""
    different = one ^ other
    return BINS - ((different >> BINS | different) & _PLANE).bit_count()


_TOP_BYTE = 7 if np.little_endian else 0
"""Where the highest byte of a 64-bit number lies."""
