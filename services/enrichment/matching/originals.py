"""The originals within the window: what a new article is compared with.

Of each signature value the low byte is kept (b-bit minwise hashing, Li and Koenig 2010): a quarter of the memory,
for a chance of 1 in 256 that different values look equal, which the estimate takes into account. Bands of these
bytes are looked up in hash chains (locality-sensitive hashing, Indyk and Motwani 1998).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.enrichment.matching.chains import Chain, Chains, Flags, Keys, Rows
from services.enrichment.matching.hours import Hours
from services.enrichment.matching.keys import chain_key, derive_key, is_packed_id, pack_key, unpack_key
from services.enrichment.matching.parameters import MatchParameters
from services.enrichment.matching.signature import PERMUTATIONS

Sketch = NDArray[np.uint8]

CHANCE = 1 / 256
"""That the low bytes of two different values are equal."""

SMALLEST = 1024
"""Rows to begin with; doubled when they are full."""

LAST_ROW = 2**32 - 1
"""Row numbers are kept in 32 bits; rows are numbered anew before they run out."""


@dataclass(frozen=True, slots=True)
class Original:
    """An original as it is remembered."""

    article_id: str
    content_hash: bytes
    event_time_ms: int
    shingles: int
    minhash: NDArray[np.uint32] | None


@dataclass(frozen=True, slots=True)
class Near:
    """The original that an article is nearest to."""

    article_id: str
    similarity: float
    shingles: int


@dataclass(frozen=True, slots=True)
class _Meeting:
    """The rows that a sketch meets, each in one chain and perhaps in several."""

    asked: tuple[int, int, bytes]
    """Next row, oldest row, sketch: equal ones meet the same."""
    keys: Keys
    rows: Rows
    columns: NDArray[np.intp]
    equal: Flags
    """A line a row: which values agree."""


class Originals:
    """The originals within the window, by content hash and by the bands of their sketches."""

    def __init__(self, parameters: MatchParameters) -> None:
        self._parameters = parameters
        self._hours = Hours(parameters.window_ms)
        self._powers = np.uint64(256) ** np.arange(parameters.rows, dtype=np.uint64)
        self._names: dict[int, str] = {}
        self._last: _Meeting | None = None
        self._next = 1
        self._allocate(SMALLEST)
        self.refused = 0

    def _allocate(self, capacity: int) -> None:
        self._mask = capacity - 1
        self._ids: Keys = np.zeros((capacity, 2), dtype=np.uint64)
        self._hashes: Keys = np.zeros((capacity, 2), dtype=np.uint64)
        self._times = np.zeros(capacity, dtype=np.int64)
        self._sizes = np.zeros(capacity, dtype=np.uint32)
        self._used: Flags = np.zeros((capacity, self._parameters.bands), dtype=np.bool_)
        self._sketches: Sketch = np.zeros((capacity, PERMUTATIONS), dtype=np.uint8)
        self._exact = Chain(capacity)
        self._bands = Chains(self._parameters.bands, capacity)

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes."""
        return sum(array.nbytes for array in self._arrays()) + self._exact.nbytes + self._bands.nbytes

    def _arrays(self) -> tuple[NDArray[Any], ...]:
        return (self._ids, self._hashes, self._times, self._sizes, self._used, self._sketches)

    def count(self, now_ms: int) -> int:
        """How many originals lie within the window at a time."""
        return self._next - self._oldest(now_ms)

    def find_exact(self, content_hash: bytes, excluded: str, now_ms: int) -> str | None:
        """The earliest original with the same words, other than `excluded`."""
        rows = self._exact.walk(chain_key(content_hash), self._oldest(now_ms))
        found = self._order([row for row in rows if self._hashes[row & self._mask].tobytes() == content_hash], excluded)
        return found[0][1] if found else None

    def find_near(self, minhash: NDArray[np.uint32], shingles: int, excluded: str, now_ms: int) -> Near | None:
        """The most similar original that is similar enough, other than `excluded`."""
        meeting = self._meet(minhash.astype(np.uint8), now_ms)
        if not meeting.rows.size:
            return None
        similarity = (meeting.equal.sum(axis=1) / PERMUTATIONS - CHANCE) / (1 - CHANCE)
        if similarity.max() < self._parameters.threshold:
            return None
        sizes = self._sizes[meeting.rows & self._mask]
        near = self._is_near(similarity, sizes, shingles) & self._has_band(meeting)
        rows, similarity = meeting.rows[near], similarity[near]
        while rows.size:
            best = rows[similarity == similarity.max()]
            found = self._order(best.tolist(), excluded)
            if found:
                row, name = found[0]
                return Near(name, float(similarity.max()), int(self._sizes[row & self._mask]))
            rest = similarity < similarity.max()
            rows, similarity = rows[rest], similarity[rest]
        return None

    def _is_near(self, similarity: NDArray[np.float64], sizes: NDArray[np.uint32], shingles: int) -> Flags:
        """Whether each similarity is enough, and enough of the shorter article contained in the longer."""
        parameters = self._parameters
        shorter = np.minimum(sizes, shingles)
        steepness = (parameters.short_threshold - parameters.threshold) / parameters.long_shingles
        required = np.maximum(parameters.threshold, parameters.short_threshold - steepness * shorter)
        contained = similarity * (sizes + shingles) / ((1 + similarity) * np.maximum(shorter, 1))
        enough: Flags = (similarity >= required) & (contained >= parameters.containment)
        excerpt: Flags = (similarity >= parameters.threshold) & (contained >= parameters.short_containment)
        return enough | excerpt

    def add(self, original: Original, now_ms: int) -> None:
        """Add an original at a time that must not lie before the last one's."""
        self._hours.expire(now_ms)
        if self._next - self._oldest(now_ms) > self._mask or self._next >= LAST_ROW:
            self._rebuild(now_ms)
        row, place = self._next, self._next & self._mask
        self._ids[place] = unpack_key(derive_key(original.article_id))
        if not is_packed_id(original.article_id):
            self._names[row] = original.article_id
        self._names.pop(row - self._mask - 1, None)
        self._hashes[place] = unpack_key(original.content_hash)
        self._times[place] = original.event_time_ms
        self._sizes[place] = original.shingles
        self._used[place] = False
        self._exact.push(row, chain_key(original.content_hash))
        if original.minhash is not None:
            self._add_bands(row, original.minhash.astype(np.uint8), now_ms)
        self._hours.add(row, now_ms)
        self._next += 1

    def _add_bands(self, row: int, sketch: Sketch, now_ms: int) -> None:
        meeting = self._meet(sketch, now_ms)
        used = np.ones(self._parameters.bands, dtype=np.bool_)
        if meeting.rows.size >= self._parameters.bucket_limit:
            members = np.bincount(meeting.columns[self._has_band(meeting)], minlength=self._parameters.bands)
            used = members < self._parameters.bucket_limit
        self.refused += int(len(used) - used.sum())
        self._sketches[row & self._mask] = sketch
        self._used[row & self._mask] = used
        self._bands.push(row, meeting.keys, used)

    def _meet(self, sketch: Sketch, now_ms: int) -> _Meeting:
        """Whom a sketch meets in its bands. The last answer is kept: what is judged is mostly added next."""
        asked = (self._next, self._oldest(now_ms), sketch.tobytes())
        if self._last is None or self._last.asked != asked:
            keys = self._band_keys(sketch)
            rows, columns = self._bands.walk(keys, asked[1])
            self._last = _Meeting(asked, keys, rows, columns, self._sketches[rows & self._mask] == sketch)
        return self._last

    def _oldest(self, now_ms: int) -> int:
        return self._hours.find_oldest(now_ms, self._next)

    def _band_keys(self, sketches: Sketch) -> Keys:
        bands, rows = self._parameters.bands, self._parameters.rows
        shaped = sketches[..., : bands * rows].reshape(*sketches.shape[:-1], bands, rows)
        keys: Keys = (shaped * self._powers).sum(axis=-1, dtype=np.uint64)
        return keys

    def _has_band(self, meeting: _Meeting) -> Flags:
        """Whether a row was met for its band and not for a hash that its band shares with another."""
        bands, rows = self._parameters.bands, self._parameters.rows
        shaped = meeting.equal[:, : bands * rows].reshape(len(meeting.rows), bands, rows)
        agrees: Flags = np.logical_and.reduce(shaped[np.arange(len(meeting.rows)), meeting.columns], axis=1)
        return agrees

    def _order(self, rows: Sequence[int], excluded: str) -> list[tuple[int, str]]:
        """The rows with their ids, the earliest first."""
        named = {row: self._name(row) for row in rows}
        kept = [(row, name) for row, name in named.items() if name != excluded]
        return sorted(kept, key=lambda item: (int(self._times[item[0] & self._mask]), item[1]))

    def _name(self, row: int) -> str:
        name = self._names.get(row)
        return name if name is not None else pack_key(self._ids[row & self._mask]).hex()

    def _rebuild(self, now_ms: int) -> None:
        oldest = self._oldest(now_ms)
        places = np.arange(oldest, self._next) & self._mask
        kept = [array[places] for array in self._arrays()]
        capacity = SMALLEST
        while capacity < 2 * len(places):
            capacity *= 2
        self._allocate(capacity)
        live = slice(1, len(places) + 1)
        for array, values in zip(self._arrays(), kept, strict=True):
            array[live] = values
        self._exact.fill(1, self._hashes[live, 0])
        self._bands.fill(1, self._band_keys(self._sketches[live]), self._used[live])
        self._names = {row - oldest + 1: name for row, name in self._names.items() if row >= oldest}
        self._hours.renumber(oldest - 1)
        self._next = len(places) + 1
        self._last = None
