"""From 32-bit keys to numbered rows: a hash table of buckets that forgets by row number.

Rows are numbered along a clock that never goes back, so that one number, the oldest row that counts, says of every
entry whether it is alive: to expire an hour, or a million rows, nothing is touched. A dead entry's place is taken by
the next one that needs it.

A bucket has 64 places: a byte of the key in one bytearray, which `find` searches in C, and the row in one array of
32 bits. A lookup is thus one memory access and no loop in Python, and an entry costs 5 bytes and its share of empty
places. What finds its bucket full of living rows stands in a small dict beside it (an overflow area, Knuth, TAOCP
6.4); when that grows, the segment is built anew and larger. There are many segments, each for itself, of slightly
different fill, so that no single insert pays for the growth of all.

Considered and measured: hash chains over numpy arrays (8 bytes an entry, a lookup as slow as its longest chain: half
the speed), numpy gathers over all keys of an article (each call costs as much as three finds, and eight are needed),
RocksDB (microseconds a key, and compaction in the background), numba (compiles at start where a container has no
writable cache), a compiled extension (no wheel without a compiler on the machine that installs from source).

What the table says depends on keys and rows alone, never on how it has grown: an entry is found by its key's byte and
then checked against the row's own keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from services.enrichment.matching.rows import allocate

RowNumbers = NDArray[np.int64]
RowKeys = NDArray[np.uint32]

WIDTH = 64
"""Places of a bucket: with fewer, chance fills buckets while the table is half empty; with more, the byte that is
kept of a key finds more strangers."""

FILL = 0.62
"""Share of the places taken after a segment was built anew; it then holds a quarter more before it overflows."""

SPREAD = 0.08
"""By how much the fill of segments differs, so that they do not grow all at once."""

SPARE = 1024
"""A segment is built anew when more than one in so many places is needed beside its buckets: at about 0.77 fill."""

FEW = 4
"""Entries beside the buckets that even the smallest segment may have."""

TAGS = 255
"""Values of a key's byte; 0 marks a place that was never taken."""

GROUP = 8_000_000
"""Entries that are sorted at a time when a whole table is filled: it needs half a gigabyte at most for that."""


class _Segment:
    """The entries whose keys begin alike."""

    __slots__ = ("allowed", "buckets", "rows", "spare", "tags")

    def __init__(self, buckets: int) -> None:
        self.buckets = buckets
        self.tags = bytearray(buckets * WIDTH)
        self.rows = memoryview(allocate(buckets * WIDTH * 4)).cast("I")
        self.spare: dict[int, list[tuple[int, int]]] = {}
        """Bucket to the keys and rows that did not fit."""
        self.allowed = max(FEW, buckets * WIDTH // SPARE)
        """How many more it may take."""


class KeyTable:
    """Keys of 32 bits to the rows that have them; 0 is no key. One writer.

    `keys_of` gives the keys of consecutive or other rows, one line each, in ascending order of the rows: a segment is
    built anew from them. `has_key` tells whether a row has a key.
    """

    def __init__(
        self,
        segment_bits: int,
        *,
        limit: int,
        keys_of: Callable[[RowNumbers], RowKeys],
        has_key: Callable[[int, int], bool],
    ) -> None:
        self._shift = 32 - segment_bits
        self._rest = 2**self._shift - 1
        """The bits of a key behind those that name its segment: they name its bucket."""
        self._limit = limit
        self._keys_of = keys_of
        self._has_key = has_key
        self._segments = [_Segment(1) for _ in range(2**segment_bits)]
        self.crowded = 0

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes, but for what stands beside full buckets."""
        return sum(len(segment.tags) + segment.rows.nbytes for segment in self._segments)

    def find(self, keys: Iterable[int], oldest: int) -> set[int]:
        """The rows from `oldest` on that have one of the keys; a key that `limit` or more have counts for nothing."""
        segments, shift, rest, has_key = self._segments, self._shift, self._rest, self._has_key
        found: set[int] = set()
        for key in keys:
            segment = segments[key >> shift]
            bucket = ((key & rest) * segment.buckets) >> shift
            begin = bucket * WIDTH
            tag = key % TAGS + 1
            tags = segment.tags
            place = tags.find(tag, begin, begin + WIDTH)
            if place < 0 and bucket not in segment.spare:
                continue
            of_key = []
            while place >= 0:
                row = segment.rows[place]
                if row >= oldest and has_key(row, key):
                    of_key.append(row)
                place = tags.find(tag, place + 1, begin + WIDTH)
            for other, row in segment.spare.get(bucket, ()):
                if other == key and row >= oldest:
                    of_key.append(row)
            if len(of_key) < self._limit:
                found.update(of_key)
        return found

    def add(self, keys: Iterable[int], row: int, oldest: int) -> None:
        """Add a row, newer than all rows before, under its keys. Of one key the `limit` newest rows are kept.

        `keys_of` must know the row already: a segment that is built anew meanwhile has all its keys.
        """
        segments, shift, rest, limit = self._segments, self._shift, self._rest, self._limit
        rebuilt: set[int] = set()
        for key in keys:
            if rebuilt and key >> shift in rebuilt:
                continue
            segment = segments[key >> shift]
            bucket = ((key & rest) * segment.buckets) >> shift
            begin = bucket * WIDTH
            end = begin + WIDTH
            tag = key % TAGS + 1
            tags = segment.tags
            may_crowd = bucket in segment.spare or tags.count(tag, begin, end) >= limit
            if may_crowd and self._replace(segment, bucket, key, row, oldest):
                continue
            place = tags.find(0, begin, end)
            if place < 0:
                window = segment.rows[begin:end].tolist()
                eldest = min(window)
                if eldest >= oldest:
                    if self._put_beside(key, bucket, row, oldest):
                        rebuilt.add(key >> shift)
                    continue
                place = begin + window.index(eldest)
            tags[place] = tag
            segment.rows[place] = row

    def shift(self, offset: int, oldest: int) -> None:
        """Subtract `offset` from all rows that are alive."""
        for segment in self._segments:
            rows = np.frombuffer(segment.rows, np.uint32)
            rows[:] = np.where(rows >= oldest, rows - np.uint32(offset % 2**32), 0)
            for bucket, beside in list(segment.spare.items()):
                segment.spare[bucket] = [(key, row - offset) for key, row in beside if row >= oldest]

    def fill(self, rows: RowNumbers) -> None:
        """Put rows into an empty table: all at once what `add` does one by one."""
        keys = self._keys_of(rows)
        groups = min(len(self._segments), -(-keys.size // GROUP))
        bounds = [len(self._segments) * group // groups for group in range(groups + 1)] if groups else []
        for first, last in pairwise(bounds):
            lines, columns = (
                (keys >= first << self._shift) & (keys <= (last << self._shift) - 1) & (keys != 0)
            ).nonzero()
            flat, numbers = _sort(keys[lines, columns], rows[lines])
            starts = np.arange(first, last + 1, dtype=np.uint64) << np.uint64(self._shift)
            cuts = np.searchsorted(flat, starts).tolist()
            for number, (begin, end) in enumerate(pairwise(cuts), first):
                self._segments[number] = self._build(number, flat[begin:end], numbers[begin:end])

    def _replace(self, segment: _Segment, bucket: int, key: int, row: int, oldest: int) -> bool:
        """Where the key has `limit` rows alive already, put the row in the place of the oldest of them."""
        begin, tag = bucket * WIDTH, key % TAGS + 1
        alive: list[tuple[int, int]] = []
        place = segment.tags.find(tag, begin, begin + WIDTH)
        while place >= 0:
            other = segment.rows[place]
            if other >= oldest and self._has_key(other, key):
                alive.append((other, place))
            place = segment.tags.find(tag, place + 1, begin + WIDTH)
        beside = segment.spare.get(bucket, [])
        alive += [(other, -at) for at, (same, other) in enumerate(beside, 1) if same == key and other >= oldest]
        if len(alive) < self._limit:
            return False
        self.crowded += 1
        _, place = min(alive)
        if place >= 0:
            segment.rows[place] = row
        else:
            beside[-place - 1] = (key, row)
        return True

    def _put_beside(self, key: int, bucket: int, row: int, oldest: int) -> bool:
        """Returns whether that was too much, and the segment was built anew."""
        number = key >> self._shift
        segment = self._segments[number]
        segment.spare.setdefault(bucket, []).append((key, row))
        segment.allowed -= 1
        if segment.allowed >= 0:
            return False
        self._segments[number] = self._rebuild(number, oldest)
        return True

    def _rebuild(self, number: int, oldest: int) -> _Segment:
        segment = self._segments[number]
        beside = [row for pairs in segment.spare.values() for _, row in pairs]
        rows = np.unique(np.concatenate((np.frombuffer(segment.rows, np.uint32), np.array(beside, np.uint32)))).astype(
            np.int64
        )
        rows = rows[rows >= oldest]
        keys = self._keys_of(rows)
        lines, columns = ((keys >> np.uint32(self._shift) == number) & (keys != 0)).nonzero()
        flat, numbers = keys[lines, columns], rows[lines]
        return self._build(number, *_sort(flat, numbers))

    def _build(self, number: int, keys: NDArray[np.uint32], rows: RowNumbers) -> _Segment:
        """A segment of entries in the order of their keys, rows ascending within each."""
        newest = np.ones(len(keys), np.bool_)
        newest[: -self._limit] = keys[self._limit :] != keys[: -self._limit]
        keys, rows = keys[newest], rows[newest]
        fill = FILL + SPREAD * (number / len(self._segments) - 0.5)
        segment = _Segment(max(1, -(-len(keys) // int(WIDTH * fill))))
        buckets = (keys & np.uint32(self._rest)).astype(np.int64) * segment.buckets >> self._shift
        starts = np.searchsorted(buckets, np.arange(segment.buckets))
        ranks = np.arange(len(keys)) - starts[buckets]
        fits = ranks < WIDTH
        places = (buckets * WIDTH + ranks)[fits]
        np.frombuffer(segment.tags, np.uint8)[places] = keys[fits] % TAGS + 1
        np.frombuffer(segment.rows, np.uint32)[places] = rows[fits]
        for bucket, key, row in zip(*(column[~fits].tolist() for column in (buckets, keys, rows)), strict=True):
            segment.spare.setdefault(bucket, []).append((key, row))
        return segment


def _sort(keys: RowKeys, rows: RowNumbers) -> tuple[RowKeys, RowNumbers]:
    """Entries in the order of their keys; of equal ones the rows stay in theirs."""
    order = np.argsort(keys, kind="stable")
    return keys[order], rows[order]
