"""A hash table from 32-bit keys to numbered rows that forgets by row number.

Rows are numbered along a clock that never goes back. One number, the oldest row that counts, therefore decides for
every entry whether it is live: to expire an hour, or a million rows, nothing is written. A new entry reuses the place
of an expired one.

The table consists of segments (`segments.py`). They are built with slightly different fill, so that no single insert
pays for the growth of the whole table. A segment that has grown large is split in two (extendible hashing, Fagin and
others 1979). A small table thus needs no numpy call for a handful of entries, and a large one none for millions.

Alternatives that were measured and rejected: hash chains over numpy arrays (8 bytes an entry; a lookup is as slow as
its longest chain, half the speed), numpy gathers over all keys of an article (each call costs as much as three finds,
and eight are needed), RocksDB (microseconds a key, and compaction in the background), numba (compiles at start where a
container has no writable cache), a compiled extension (no wheel for a machine that installs from source without a
compiler).

The result of a lookup depends on keys and rows alone, never on how the table has grown: an entry is found by its key's
tag and then checked against the row's own keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np

from services.enrichment.matching.memory.segments import (
    BUCKET_SIZE,
    REST_BITS,
    REST_MASK,
    ROW_BITS,
    SLOTS,
    TAG_VALUES,
    Entries,
    RowKeys,
    RowNumbers,
    TableSegment,
    build_segment,
    find_expired,
    list_live_rows,
    pack_entries,
)

MAX_SEGMENT_ENTRIES = 50_000
"""Number of entries from which a segment is split: building one of this size takes some ten milliseconds. A table of
ten million originals has one segment for each slot, with 32,000 entries each."""

SORT_GROUP = 8_000_000
"""Number of entries that are sorted at a time when a whole table is filled; this bounds the memory for it to half a
gigabyte."""


class KeyTable:
    """A table from 32-bit keys to the rows that have them, for one writer; 0 is not a key.

    `keys_of` returns the keys of rows, one line for each row, for rows in ascending order; segments are built from it.
    `has_key` returns whether a row has a key. A segment of `largest` entries is split in two.
    """

    def __init__(
        self,
        *,
        limit: int,
        keys_of: Callable[[RowNumbers], RowKeys],
        has_key: Callable[[int, int], bool],
        largest: int = MAX_SEGMENT_ENTRIES,
    ) -> None:
        self._limit = limit
        self._keys_of = keys_of
        self._has_key = has_key
        self._largest = largest
        self._segments = [TableSegment(0, SLOTS, 1)] * SLOTS
        """Segment of each slot."""
        self.limit_hits = 0
        """Number of times that a row was added under a key that `limit` live rows already had."""

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes, without the overflow areas."""
        return sum(len(segment.tags) + segment.rows.nbytes for segment in self._list_segments())

    def find(self, keys: Iterable[int], oldest: int) -> set[int]:
        """Return the rows from `oldest` on that have one of the keys; keys of `limit` or more rows are skipped."""
        segments = self._segments
        found: set[int] = set()
        for key in keys:
            segment = segments[key >> REST_BITS]
            bucket = (key & REST_MASK) * segment.buckets >> REST_BITS
            begin = bucket * BUCKET_SIZE
            place = segment.tags.find(key % TAG_VALUES + 1, begin, begin + BUCKET_SIZE)
            if place >= 0 or bucket in segment.overflow:
                live = self._find_live(segment, bucket, key, oldest)
                if len(live) < self._limit:
                    found.update(live)
        return found

    def add(self, keys: Iterable[int], row: int, oldest: int) -> None:
        """Add a row, newer than all rows before, under its distinct keys; each key keeps its `limit` newest rows.

        `keys_of` must know the row already, because a segment may be rebuilt from it.
        """
        segments, limit = self._segments, self._limit
        full: list[TableSegment] = []
        for key in keys:
            segment = segments[key >> REST_BITS]
            bucket = (key & REST_MASK) * segment.buckets >> REST_BITS
            begin = bucket * BUCKET_SIZE
            end = begin + BUCKET_SIZE
            tag = key % TAG_VALUES + 1
            tags = segment.tags
            may_be_full = bucket in segment.overflow or tags.count(tag, begin, end) >= limit
            if may_be_full and self._replace_oldest(segment, bucket, key, row, oldest):
                continue
            place = tags.find(0, begin, end)
            if place < 0:
                place = find_expired(segment.rows, begin, row, oldest)
            if place < 0:
                segment.overflow.setdefault(bucket, []).append((key, row))
                segment.overflow_left -= 1
                if segment.overflow_left == -1:
                    full.append(segment)
                continue
            tags[place] = tag
            segment.rows[place] = row
        for segment in full:
            self._rebuild(segment, oldest)

    def remove(self, keys: Iterable[int], row: int, oldest: int) -> list[int]:
        """Remove a row from its distinct keys, while `has_key` still knows them.

        Returns the keys that had `limit` rows: the table may lack an older row of these, which `refill` adds.
        """
        full: list[int] = []
        for key in keys:
            segment, bucket = self._find_bucket(key)
            live = self._find_live(segment, bucket, key, oldest)
            place = live.get(row)
            if place is None:
                continue
            if len(live) >= self._limit:
                full.append(key)
            if place >= 0:
                segment.rows[place] = 0
            else:
                del segment.overflow[bucket][-place - 1]
        return full

    def refill(self, keys: Iterable[int], rows: RowNumbers, oldest: int) -> None:
        """Add the newest rows of some keys again, as far as they are missing. `rows` are all rows from `oldest` on."""
        held = self._keys_of(rows)
        for key in keys:
            live = self._find_live(*self._find_bucket(key), key, oldest)
            newest = rows[(held == key).any(axis=1)][-self._limit :].tolist()
            for row in (row for row in newest if row not in live):
                self.add((key,), row, oldest)

    def shift(self, offset: int, oldest: int) -> None:
        """Subtract `offset` from all live rows."""
        for segment in self._list_segments():
            rows = np.frombuffer(segment.rows, np.uint32)
            rows[:] = np.where(rows >= oldest, rows - np.uint32(offset % 2**32), 0)
            for bucket, pairs in list(segment.overflow.items()):
                segment.overflow[bucket] = [(key, row - offset) for key, row in pairs if row >= oldest]

    def fill(self, rows: RowNumbers) -> None:
        """Put rows into an empty table in one step.

        Lookups then find the same rows as if the rows had been added one by one.
        """
        keys = self._keys_of(rows)
        segments = SLOTS
        while segments > 1 and keys.size * 2 <= segments * self._largest:
            segments //= 2
        span = SLOTS // segments
        groups = min(segments, -(-keys.size // SORT_GROUP))
        for first, last in pairwise(segments * group // groups * span for group in range(groups + 1 if groups else 0)):
            entries = pack_entries(keys, rows, first, last)
            entries.sort()
            starts = np.arange(first, last + 1, span, dtype=np.uint64) << np.uint64(REST_BITS + ROW_BITS)
            cuts = np.searchsorted(entries, starts[:-1]).tolist()
            for slot, (begin, end) in zip(range(first, last, span), pairwise([*cuts, len(entries)]), strict=True):
                self._build(slot, span, entries[begin:end])

    def _list_segments(self) -> Iterable[TableSegment]:
        """Return each segment once."""
        return dict.fromkeys(self._segments)

    def _find_bucket(self, key: int) -> tuple[TableSegment, int]:
        segment = self._segments[key >> REST_BITS]
        return segment, (key & REST_MASK) * segment.buckets >> REST_BITS

    def _find_live(self, segment: TableSegment, bucket: int, key: int, oldest: int) -> dict[int, int]:
        """Return the rows from `oldest` on that have a key, with their places; those in the overflow are -1, -2, ...

        When another key of a row has the same bucket and tag, one place stands for both keys. A row that was replaced
        under one of them is then still found, but only together with `limit` newer rows.
        """
        tags, rows, has_key = segment.tags, segment.rows, self._has_key
        begin, tag = bucket * BUCKET_SIZE, key % TAG_VALUES + 1
        end = begin + BUCKET_SIZE
        live: dict[int, int] = {}
        place = tags.find(tag, begin, end)
        while place >= 0:
            row = rows[place]
            if row >= oldest and has_key(row, key):
                live[row] = place
            place = tags.find(tag, place + 1, end)
        overflow = segment.overflow.get(bucket)
        if overflow:
            live |= {row: -at for at, (same, row) in enumerate(overflow, 1) if same == key and row >= oldest}
        return live

    def _replace_oldest(self, segment: TableSegment, bucket: int, key: int, row: int, oldest: int) -> bool:
        """Put a row in the place of the oldest of the key's `limit` newest rows; return False when it has fewer."""
        live = self._find_live(segment, bucket, key, oldest)
        live.pop(row, None)
        if len(live) < self._limit:
            return False
        self.limit_hits += 1
        place = live[sorted(live)[-self._limit]]
        if place >= 0:
            segment.rows[place] = row
        else:
            segment.overflow[bucket][-place - 1] = (key, row)
        return True

    def _rebuild(self, segment: TableSegment, oldest: int) -> None:
        """Give a segment as many buckets as its live entries need; split one that has grown too large."""
        rows = list_live_rows(segment, oldest)
        first, span = segment.first, segment.span
        entries = pack_entries(self._keys_of(rows), rows, first, first + span)
        if len(entries) < self._largest or span == 1:
            self._build(first, span, entries)
            return
        half = span // 2
        is_second = entries >> np.uint64(REST_BITS + ROW_BITS) >= first + half
        self._build(first, half, entries[~is_second])
        self._build(first + half, half, entries[is_second])

    def _build(self, first: int, span: int, entries: Entries) -> None:
        self._segments[first : first + span] = [build_segment(first, span, entries, self._limit)] * span
