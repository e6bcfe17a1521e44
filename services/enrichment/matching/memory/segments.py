"""Segments of a key table: the buckets of a range of keys, and how they are built from rows and their keys.

A bucket has 64 places. Each place stores one byte of the key (its tag) in a bytearray, which `find` searches in C, and
the row in an array of 32-bit numbers. A lookup is thus one memory access without a loop in Python, and an entry costs 5
bytes and its share of empty places. An entry whose bucket is full of live rows goes into a small dict next to the
buckets (an overflow area, Knuth, TAOCP 6.4). When that grows, the segment is rebuilt with more buckets.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.enrichment.matching.memory.rows import allocate

RowNumbers = NDArray[np.int64]
RowKeys = NDArray[np.uint32]
Entries = NDArray[np.uint64]
"""Entries with key and row in one number: it sorts ten times as fast as an index into two arrays."""

ROW_BITS = 32
"""Low bits of an entry, which hold the row; the key is above them."""

BUCKET_SIZE = 64
"""Number of places of a bucket. With fewer, some buckets fill by chance while the table is half empty. With more, a tag
matches more entries of other keys."""

FILL = 0.60
"""Share of places in use after a segment is built; the segment overflows after about a third more entries."""

FILL_SPREAD = 0.08
"""Difference between the fill of the first and the last segment, so that not all segments grow at the same time."""

PLACES_PER_OVERFLOW = 320
"""Number of places of a segment for each entry that its overflow area may contain. The segment is then rebuilt at about
0.82 fill. A higher number rebuilds entries more often as a table grows."""

MIN_OVERFLOW = 4
"""Minimum number of entries for which the overflow area of a segment has room, however small the segment is."""

PROBES = 6
"""Number of places of a full bucket that are tested one by one before all are read. In a moving window a quarter to a
third of the entries has expired, so that a few tests mostly find one, at a third of the cost."""

TAG_VALUES = 255
"""Number of different tags; 0 marks a place that was never used."""

SLOT_BITS = 12
"""High bits of a key, which name its slot: a table has at most one segment for each slot."""

SLOTS = 2**SLOT_BITS
REST_BITS = 32 - SLOT_BITS
REST_MASK = 2**REST_BITS - 1
"""Mask of a key's bits below the slot. They choose the bucket, whatever number of slots the segment serves."""


class TableSegment:
    """The buckets of one or several slots that follow each other."""

    __slots__ = ("buckets", "first", "overflow", "overflow_left", "rows", "span", "tags")

    def __init__(self, first: int, span: int, buckets: int) -> None:
        self.first = first
        """First slot that the segment serves."""
        self.span = span
        """Number of slots that it serves."""
        self.buckets = buckets
        self.tags = bytearray(buckets * BUCKET_SIZE)
        self.rows = memoryview(allocate(buckets * BUCKET_SIZE * 4)).cast("I")
        self.overflow: dict[int, list[tuple[int, int]]] = {}
        """Bucket to the keys and rows that did not fit into it."""
        self.overflow_left = max(MIN_OVERFLOW, buckets * BUCKET_SIZE // PLACES_PER_OVERFLOW)
        """Number of entries that the overflow area may still receive."""


def build_segment(first: int, span: int, entries: Entries, limit: int) -> TableSegment:
    """Build the segment of some slots from their entries, with at most the `limit` newest rows of each key."""
    rows = entries.astype(np.uint32)
    rotated = _rotate_left((entries >> np.uint64(ROW_BITS)).astype(np.uint32), SLOT_BITS)
    entries = rotated.astype(np.uint64) << np.uint64(ROW_BITS) | rows
    entries.sort()
    entries = entries[np.diff(entries, prepend=np.uint64(0)) != 0]
    rotated = (entries >> np.uint64(ROW_BITS)).astype(np.uint32)
    newest = np.ones(len(entries), np.bool_)
    newest[:-limit] = rotated[limit:] != rotated[:-limit]
    rotated, rows = rotated[newest], entries.astype(np.uint32)[newest]
    fill = FILL + FILL_SPREAD * (first / SLOTS - 0.5)
    segment = TableSegment(first, span, max(1, -(-len(rows) // int(BUCKET_SIZE * fill))))
    buckets = (rotated >> SLOT_BITS).astype(np.int64) * segment.buckets >> REST_BITS
    starts = np.searchsorted(buckets, np.arange(segment.buckets))
    ranks = np.arange(len(rows)) - starts[buckets]
    fits = ranks < BUCKET_SIZE
    places = (buckets * BUCKET_SIZE + ranks)[fits]
    keys = _rotate_left(rotated, REST_BITS)
    np.frombuffer(segment.tags, np.uint8)[places] = keys[fits] % TAG_VALUES + 1
    np.frombuffer(segment.rows, np.uint32)[places] = rows[fits]
    for bucket, key, row in zip(*(column[~fits].tolist() for column in (buckets, keys, rows)), strict=True):
        segment.overflow.setdefault(bucket, []).append((key, row))
    return segment


def list_live_rows(segment: TableSegment, oldest: int) -> RowNumbers:
    """Return the distinct rows from `oldest` on that a segment has, in ascending order."""
    overflow = [row for pairs in segment.overflow.values() for _, row in pairs]
    rows = np.concatenate((np.frombuffer(segment.rows, np.uint32), np.array(overflow, np.uint32)))
    rows = rows[rows >= oldest]
    rows.sort()
    distinct: RowNumbers = rows[np.diff(rows, prepend=np.uint32(0)) != 0].astype(np.int64)
    return distinct


def pack_entries(keys: RowKeys, rows: RowNumbers, first: int, last: int) -> Entries:
    """Return the entries whose key belongs to the slots from `first` to before `last`; `keys` has one line a row."""
    # Keys before the first slot wrap around to large numbers, and so does 0, which is no key.
    least = max(1, first << REST_BITS)
    flat = (keys.ravel() - np.uint32(least) < np.uint32((last << REST_BITS) - least)).nonzero()[0]
    entries: Entries = keys.ravel()[flat].astype(np.uint64) << np.uint64(ROW_BITS)
    entries |= rows[flat // keys.shape[1]].astype(np.uint64)
    return entries


def find_expired(rows: memoryview[int], begin: int, row: int, oldest: int) -> int:
    """Return a place of a full bucket whose row has expired; -1 when all rows are live.

    The search begins at a place that depends on the row to add.
    """
    for number in range(row, row + PROBES):
        place = begin + number % BUCKET_SIZE
        if rows[place] < oldest:
            return place
    window = rows[begin : begin + BUCKET_SIZE].tolist()
    eldest = min(window)
    return begin + window.index(eldest) if eldest < oldest else -1


def _rotate_left(keys: RowKeys, bits: int) -> RowKeys:
    """Rotate keys to the left; rotating by SLOT_BITS and then by REST_BITS gives the keys again."""
    return keys << np.uint32(bits) | keys >> np.uint32(32 - bits)
