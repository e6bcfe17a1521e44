"""Novelty of entities: how many earlier articles named an entity, and how many of them belong to the same story.

The clock is that of the shard, which never goes back, so the times of each entity are sorted and a window is counted by
binary search. The rows in the order of the log are the state; the tables follow from them.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, TypeVar

import numpy as np

from services.contracts.event.story import Novelty, Window
from services.enrichment.stories.parameters import DAY_MS, HOUR_MS
from services.enrichment.structs import build_struct

_Novelty = build_struct(Novelty)

WINDOWS: Final[dict[Window, int]] = {
    "12h": 12 * HOUR_MS, "24h": DAY_MS, "3d": 3 * DAY_MS, "5d": 5 * DAY_MS, "7d": 7 * DAY_MS,
}  # fmt: skip
"""The windows of time, in milliseconds, as Thomson Reuters News Analytics counts them."""
LONGEST_MS: Final = WINDOWS["7d"]
DECAY: Final = (100, 75, 56, 42, 32, 24, 18, 13, 10, 8, 6, 4, 3, 2, 2, 1, 1, 1, 1, 0)
"""round(100 * 0.75 ** (rank - 1)) for each rank; the last value is for all higher ones."""
DAY_DIGITS: Final = 3
ROW: Final = 3
"""Numbers of a row: time, entity and story."""

K = TypeVar("K")


class NoveltyIndex:
    """The articles of the last 7 days that name an entity, for each entity and for each entity within each story."""

    def __init__(self) -> None:
        self.rows: deque[tuple[int, array[int]]] = deque()
        """For each hour the time, the entity and the story of each mention, one after the other."""
        self._by_entity: dict[int, array[int]] = {}
        self._by_story: dict[tuple[int, int], array[int]] = {}

    @property
    def mentions(self) -> int:
        """Number of mentions that are remembered."""
        return sum(len(rows) for _, rows in self.rows) // ROW

    def measure(self, entity: str, stories: Iterable[str], now_ms: int, *, is_late: bool = False) -> Novelty:
        """Return the novelty of an entity in an article.

        Args:
            entity: Key of the entity.
            stories: Ids of the article's story and of all stories that were merged into it.
            now_ms: Time of the article on the clock of the shard.
            is_late: True if the article arrived long after its publication.
        """
        code = hash_id(entity)
        named = self._by_entity.get(code)
        if named is None or named[-1] <= now_ms - LONGEST_MS:
            return new_novelty(is_late=is_late)
        similar = [times for each in stories if (times := self._by_story.get((code, hash_id(each))))]
        counts: dict[Window, int] = {
            name: sum([_count(times, now_ms - ms) for times in similar]) for name, ms in WINDOWS.items()
        }
        last_ms = max((times[-1] for times in similar), default=None)
        rank = counts["24h"] + 1
        is_known = counts["7d"] > 0 and last_ms is not None
        return _Novelty(
            is_first=not is_known,
            chain_rank_24h=rank,
            decay=DECAY[min(rank, len(DECAY)) - 1],
            similar=counts,
            volume={name: _count(named, now_ms - ms) for name, ms in WINDOWS.items()},
            days_since_similar=round((now_ms - last_ms) / DAY_MS, DAY_DIGITS)
            if is_known and last_ms is not None
            else None,
            late=is_late,
        )

    def add(self, entities: Iterable[str], story: str, now_ms: int) -> None:
        """Add an article; `now_ms` must not be lower than in an earlier call."""
        codes = [hash_id(entity) for entity in entities]
        if codes:
            self.add_hashed(codes, hash_id(story), now_ms)

    def add_hashed(self, entities: Iterable[int], story: int, now_ms: int) -> None:
        """Add an article whose entities and story are hashed already."""
        hour = now_ms // HOUR_MS
        if not self.rows or self.rows[-1][0] != hour:
            self.rows.append((hour, array("q")))
            self._expire(now_ms)
        rows = self.rows[-1][1]
        for code in entities:
            rows.extend((now_ms, code, story))
            _append(self._by_entity, code, now_ms)
            _append(self._by_story, (code, story), now_ms)

    def remove(self, entities: Iterable[str], story: str, at_ms: int) -> None:
        """Remove an article that `add` added at a time. A mention that is forgotten already makes no difference."""
        hour, code_of_story = at_ms // HOUR_MS, hash_id(story)
        place = next((place for place, (each, _) in enumerate(self.rows) if each == hour), None)
        if place is None:
            return
        rows = np.array(self.rows[place][1], dtype=np.int64).reshape(-1, ROW)
        own = np.flatnonzero((rows[:, 0] == at_ms) & (rows[:, 2] == code_of_story))
        # Articles of one millisecond and one story have equal rows: one row of each entity is removed.
        found = dict(zip(rows[own, 1].tolist(), own.tolist(), strict=True))
        removed = {code: found[code] for code in map(hash_id, entities) if code in found}
        for code in removed:
            _remove(self._by_entity, code, at_ms)
            _remove(self._by_story, (code, code_of_story), at_ms)
        # A snapshot may refer to the rows of the hour, so they are replaced and not changed.
        left = np.delete(rows, list(removed.values()), axis=0)
        self.rows[place] = hour, array("q", left.tobytes())

    def load(self, hour: int, rows: array[int]) -> None:
        """Add the mentions of an hour from a snapshot, in the order of the hours."""
        self.rows.append((hour, rows))
        for at in range(0, len(rows), ROW):
            now_ms, code, story = rows[at : at + ROW]
            _append(self._by_entity, code, now_ms)
            _append(self._by_story, (code, story), now_ms)

    def _expire(self, now_ms: int) -> None:
        """Forget the hours that are before all windows."""
        while self.rows[0][0] < (now_ms - LONGEST_MS) // HOUR_MS:
            hour, rows = self.rows.popleft()
            end = (hour + 1) * HOUR_MS - 1
            for at in range(0, len(rows), ROW):
                code, story = rows[at + 1], rows[at + 2]
                _forget(self._by_entity, code, end)
                _forget(self._by_story, (code, story), end)


def new_novelty(*, is_late: bool) -> Novelty:
    """Return the novelty of an entity that no earlier article names."""
    none: dict[Window, int] = dict.fromkeys(WINDOWS, 0)
    return _Novelty(is_first=True, chain_rank_24h=1, decay=DECAY[0], similar=none, volume=none, late=is_late)


def _append(table: dict[K, array[int]], key: K, now_ms: int) -> None:
    times = table.get(key)
    if times is None:
        table[key] = array("q", (now_ms,))
    else:
        times.append(now_ms)


def _remove(table: dict[K, array[int]], key: K, at_ms: int) -> None:
    times = table[key]
    del times[bisect_right(times, at_ms) - 1]
    if not times:
        del table[key]


def _forget(table: dict[K, array[int]], key: K, end_ms: int) -> None:
    """Forget the times up to `end_ms` of a key; after the first call for a key there are none."""
    times = table.get(key)
    if times is None or times[0] > end_ms:
        return
    if times[-1] <= end_ms:
        del table[key]
    else:
        del times[: bisect_right(times, end_ms)]


def _count(times: array[int], before_ms: int) -> int:
    """Count the times after a moment."""
    return len(times) - bisect_right(times, before_ms)


@lru_cache(maxsize=65_536)
def hash_id(text: str) -> int:
    """Return the 63-bit hash (BLAKE2b, RFC 7693) of an entity's key or of a story's id."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1
