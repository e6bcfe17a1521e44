"""From 32-bit keys to numbered rows: a hash table of buckets that forgets by row number.

Rows are numbered along a clock that never goes back, so that one number, the oldest row that counts, says of every
entry whether it is alive: to expire an hour, or a million rows, nothing is touched. A dead entry's place is taken by
the next one that needs it.

A bucket has 64 places: a byte of the key in one bytearray, which `find` searches in C, and the row in one array of
32 bits. A lookup is thus one memory access and no loop in Python, and an entry costs 5 bytes and its share of empty
places. What finds its bucket full of living rows stands in a small dict beside it (an overflow area, Knuth, TAOCP
6.4); when that grows, the buckets are built anew, and more of them. They stand in segments, each for itself, of
slightly different fill, so that no single insert pays for the growth of all; a segment that has grown large becomes
two (extendible hashing, Fagin and others 1979), so that a small table pays no call into numpy for a handful of entries
and a large one none for millions.

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
Entries = NDArray[np.uint64]
"""A key and its row in one number, which sorts in a tenth of the time that an index of two arrays takes."""

ROW_BITS = 32
"""Of an entry: the row; the key stands above."""

WIDTH = 64
"""Places of a bucket: with fewer, chance fills buckets while the table is half empty; with more, the byte that is
kept of a key finds more strangers."""

FILL = 0.60
"""Share of the places taken after a segment was built anew; it then holds a third more before it overflows."""

SPREAD = 0.08
"""By how much the fill of segments differs, so that they do not grow all at once."""

SPARE = 320
"""A segment is built anew when more than one in so many places is needed beside its buckets: at about 0.82 fill. With
1,024, at 0.77, entries are built anew five times instead of four as a table grows."""

PROBES = 6
"""Places of a full bucket that are looked at one by one before all are: in a window that moves on a quarter to a third
of its entries is dead, and to find one so costs a third."""

FEW = 4
"""Entries beside the buckets that even the smallest segment may have."""

TAGS = 255
"""Values of a key's byte; 0 marks a place that was never taken."""

SLOT_BITS = 12
"""Bits of a key that name its slot: as many segments there can be."""

SLOTS = 2**SLOT_BITS
SHIFT = 32 - SLOT_BITS
REST = 2**SHIFT - 1
"""The bits of a key behind those: they name its bucket, whatever the number of slots that the segment serves."""

LARGEST = 50_000
"""Entries from which a segment becomes two: it is built in some ten milliseconds. A table of ten million originals
has 32,000 in each of the slots' segments."""

GROUP = 8_000_000
"""Entries that are sorted at a time when a whole table is filled: it needs half a gigabyte at most for that."""


class _Segment:
    """The entries of some slots that follow each other."""

    __slots__ = ("allowed", "buckets", "first", "rows", "span", "spare", "tags")

    def __init__(self, first: int, span: int, buckets: int) -> None:
        self.first = first
        """The first slot that it serves."""
        self.span = span
        """How many."""
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
    built anew from them. `has_key` tells whether a row has a key. A segment of `largest` entries becomes two.
    """

    def __init__(
        self,
        *,
        limit: int,
        keys_of: Callable[[RowNumbers], RowKeys],
        has_key: Callable[[int, int], bool],
        largest: int = LARGEST,
    ) -> None:
        self._limit = limit
        self._keys_of = keys_of
        self._has_key = has_key
        self._largest = largest
        self._segments = [_Segment(0, SLOTS, 1)] * SLOTS
        """The segment of each slot."""
        self.crowded = 0

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes, but for what stands beside full buckets."""
        return sum(len(segment.tags) + segment.rows.nbytes for segment in self._list_segments())

    def find(self, keys: Iterable[int], oldest: int) -> set[int]:
        """The rows from `oldest` on that have one of the keys; a key that `limit` or more have counts for nothing."""
        segments = self._segments
        found: set[int] = set()
        for key in keys:
            segment = segments[key >> SHIFT]
            bucket = (key & REST) * segment.buckets >> SHIFT
            begin = bucket * WIDTH
            place = segment.tags.find(key % TAGS + 1, begin, begin + WIDTH)
            if place >= 0 or bucket in segment.spare:
                alive = self._find_alive(segment, bucket, key, oldest)
                if len(alive) < self._limit:
                    found.update(alive)
        return found

    def add(self, keys: Iterable[int], row: int, oldest: int) -> None:
        """Add a row, newer than all rows before, under its distinct keys. Of one key the `limit` newest rows are kept.

        `keys_of` must know the row already: a segment that is then built anew has its keys from there.
        """
        segments, limit = self._segments, self._limit
        full: list[_Segment] = []
        for key in keys:
            segment = segments[key >> SHIFT]
            bucket = (key & REST) * segment.buckets >> SHIFT
            begin = bucket * WIDTH
            end = begin + WIDTH
            tag = key % TAGS + 1
            tags = segment.tags
            may_crowd = bucket in segment.spare or tags.count(tag, begin, end) >= limit
            if may_crowd and self._replace(segment, bucket, key, row, oldest):
                continue
            place = tags.find(0, begin, end)
            if place < 0:
                place = _find_dead(segment.rows, begin, row, oldest)
            if place < 0:
                segment.spare.setdefault(bucket, []).append((key, row))
                segment.allowed -= 1
                if segment.allowed == -1:
                    full.append(segment)
                continue
            tags[place] = tag
            segment.rows[place] = row
        for segment in full:
            self._rebuild(segment, oldest)

    def shift(self, offset: int, oldest: int) -> None:
        """Subtract `offset` from all rows that are alive."""
        for segment in self._list_segments():
            rows = np.frombuffer(segment.rows, np.uint32)
            rows[:] = np.where(rows >= oldest, rows - np.uint32(offset % 2**32), 0)
            for bucket, beside in list(segment.spare.items()):
                segment.spare[bucket] = [(key, row - offset) for key, row in beside if row >= oldest]

    def fill(self, rows: RowNumbers) -> None:
        """Put rows into an empty table: all at once what `add` does one by one."""
        keys = self._keys_of(rows)
        segments = SLOTS
        while segments > 1 and keys.size * 2 <= segments * self._largest:
            segments //= 2
        span = SLOTS // segments
        groups = min(segments, -(-keys.size // GROUP))
        for first, last in pairwise(segments * group // groups * span for group in range(groups + 1 if groups else 0)):
            entries = _pack(keys, rows, first, last)
            entries.sort()
            starts = np.arange(first, last + 1, span, dtype=np.uint64) << np.uint64(SHIFT + ROW_BITS)
            cuts = np.searchsorted(entries, starts[:-1]).tolist()
            for slot, (begin, end) in zip(range(first, last, span), pairwise([*cuts, len(entries)]), strict=True):
                self._build(slot, span, entries[begin:end])

    def _list_segments(self) -> Iterable[_Segment]:
        """Each once."""
        return dict.fromkeys(self._segments)

    def _find_alive(self, segment: _Segment, bucket: int, key: int, oldest: int) -> dict[int, int]:
        """The rows from `oldest` on that have a key, and the place of each; those beside the bucket are at -1, -2, ...

        Where another key of a row has the same bucket and byte, one place may stand for both, and a row that was
        replaced under the one is still met: then `limit` newer rows are met as well.
        """
        tags, rows, has_key = segment.tags, segment.rows, self._has_key
        begin, tag = bucket * WIDTH, key % TAGS + 1
        end = begin + WIDTH
        alive: dict[int, int] = {}
        place = tags.find(tag, begin, end)
        while place >= 0:
            row = rows[place]
            if row >= oldest and has_key(row, key):
                alive[row] = place
            place = tags.find(tag, place + 1, end)
        beside = segment.spare.get(bucket)
        if beside:
            alive |= {row: -at for at, (same, row) in enumerate(beside, 1) if same == key and row >= oldest}
        return alive

    def _replace(self, segment: _Segment, bucket: int, key: int, row: int, oldest: int) -> bool:
        """Where `limit` rows alive have the key already, put the row in the place of the oldest of the newest ones."""
        alive = self._find_alive(segment, bucket, key, oldest)
        alive.pop(row, None)
        if len(alive) < self._limit:
            return False
        self.crowded += 1
        place = alive[sorted(alive)[-self._limit]]
        if place >= 0:
            segment.rows[place] = row
        else:
            segment.spare[bucket][-place - 1] = (key, row)
        return True

    def _rebuild(self, segment: _Segment, oldest: int) -> None:
        """Give a segment as many buckets as its entries need; one that has grown too large becomes two."""
        beside = [row for pairs in segment.spare.values() for _, row in pairs]
        rows = np.concatenate((np.frombuffer(segment.rows, np.uint32), np.array(beside, np.uint32)))
        rows = rows[rows >= oldest]
        rows.sort()
        rows = rows[np.diff(rows, prepend=np.uint32(0)) != 0].astype(np.int64)
        first, span = segment.first, segment.span
        entries = _pack(self._keys_of(rows), rows, first, first + span)
        if len(entries) < self._largest or span == 1:
            self._build(first, span, entries)
            return
        half = span // 2
        is_second = entries >> np.uint64(SHIFT + ROW_BITS) >= first + half
        self._build(first, half, entries[~is_second])
        self._build(first + half, half, entries[is_second])

    def _build(self, first: int, span: int, entries: Entries) -> None:
        """The segment of some slots; of one key the `limit` newest rows are kept."""
        rows = entries.astype(np.uint32)
        turned = _turn((entries >> np.uint64(ROW_BITS)).astype(np.uint32), SLOT_BITS)
        entries = turned.astype(np.uint64) << np.uint64(ROW_BITS) | rows
        entries.sort()
        entries = entries[np.diff(entries, prepend=np.uint64(0)) != 0]
        turned = (entries >> np.uint64(ROW_BITS)).astype(np.uint32)
        newest = np.ones(len(entries), np.bool_)
        newest[: -self._limit] = turned[self._limit :] != turned[: -self._limit]
        turned, rows = turned[newest], entries.astype(np.uint32)[newest]
        fill = FILL + SPREAD * (first / SLOTS - 0.5)
        segment = _Segment(first, span, max(1, -(-len(rows) // int(WIDTH * fill))))
        buckets = (turned >> SLOT_BITS).astype(np.int64) * segment.buckets >> SHIFT
        starts = np.searchsorted(buckets, np.arange(segment.buckets))
        ranks = np.arange(len(rows)) - starts[buckets]
        fits = ranks < WIDTH
        places = (buckets * WIDTH + ranks)[fits]
        keys = _turn(turned, SHIFT)
        np.frombuffer(segment.tags, np.uint8)[places] = keys[fits] % TAGS + 1
        np.frombuffer(segment.rows, np.uint32)[places] = rows[fits]
        for bucket, key, row in zip(*(column[~fits].tolist() for column in (buckets, keys, rows)), strict=True):
            segment.spare.setdefault(bucket, []).append((key, row))
        self._segments[first : first + span] = [segment] * span


def _find_dead(rows: memoryview[int], begin: int, row: int, oldest: int) -> int:
    """A place of a full bucket whose entry is dead, -1 where all are alive; where to look first depends on the row."""
    for number in range(row, row + PROBES):
        place = begin + number % WIDTH
        if rows[place] < oldest:
            return place
    window = rows[begin : begin + WIDTH].tolist()
    eldest = min(window)
    return begin + window.index(eldest) if eldest < oldest else -1


def _pack(keys: RowKeys, rows: RowNumbers, first: int, last: int) -> Entries:
    """The entries of the slots from `first` to before `last`, of rows with their keys."""
    # What lies before the first wraps around and is large; 0, which is no key, too.
    least = max(1, first << SHIFT)
    flat = (keys.ravel() - np.uint32(least) < np.uint32((last << SHIFT) - least)).nonzero()[0]
    entries: Entries = keys.ravel()[flat].astype(np.uint64) << np.uint64(ROW_BITS)
    entries |= rows[flat // keys.shape[1]].astype(np.uint64)
    return entries


def _turn(keys: RowKeys, bits: int) -> RowKeys:
    """Keys whose highest bits have become the lowest: `_turn(_turn(keys, SLOT_BITS), SHIFT)` are the keys again."""
    return keys << np.uint32(bits) | keys >> np.uint32(32 - bits)
