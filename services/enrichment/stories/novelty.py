"""Novelty of entities: how many earlier articles named an entity, and how many of them belong to the same story.

The clock is that of the shard, which never goes back, so the times of each entity are sorted and a window is counted by
binary search. The rows in the order of the log are the state; the tables follow from them, and are built in one step
when many rows were added.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import deque
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.contracts.event.story import Novelty, Window
from services.enrichment.stories.memory.time_table import Times, TimeTable, count_after, find_last
from services.enrichment.stories.parameters import DAY_MS, HOUR_MS
from services.enrichment.structs import build_struct

_Novelty = build_struct(Novelty)

WINDOWS: Final[dict[Window, int]] = {
    "12h": 12 * HOUR_MS, "24h": DAY_MS, "3d": 3 * DAY_MS, "5d": 5 * DAY_MS, "7d": 7 * DAY_MS,
}  # fmt: skip
"""The windows of time, in milliseconds, as Thomson Reuters News Analytics counts them."""
NO_ARTICLES: Final[dict[Window, int]] = dict.fromkeys(WINDOWS, 0)
"""Counts of an entity that no earlier article names."""
LONGEST_MS: Final = WINDOWS["7d"]
DECAY: Final = (100, 75, 56, 42, 32, 24, 18, 13, 10, 8, 6, 4, 3, 2, 2, 1, 1, 1, 1, 0)
"""round(100 * 0.75 ** (rank - 1)) for each rank; the last value is for all higher ones."""
DAY_DIGITS: Final = 3
ROW: Final = 3
"""Numbers of a row: time, entity and story."""


class NoveltyIndex:
    """The articles of the last 7 days that name an entity, for each entity and for each entity within each story."""

    def __init__(self) -> None:
        self.rows: deque[tuple[int, array[int]]] = deque()
        """For each hour the time, the entity and the story of each mention, one after the other."""
        self._by_entity: TimeTable[int] = TimeTable()
        self._by_story: TimeTable[tuple[int, int]] = TimeTable()
        self._is_bulk = False
        """True while the tables are not updated, because `end_bulk` will build them."""

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
        if named is None or find_last(named) <= now_ms - LONGEST_MS:
            return new_novelty(is_late=is_late)
        found = [self._by_story.get((code, hash_id(each))) for each in stories]
        similar = [times for times in found if times is not None]
        counts = _count_windows(similar, now_ms) if similar else NO_ARTICLES
        last_ms = max(map(find_last, similar), default=None)
        rank = counts["24h"] + 1
        is_known = counts["7d"] > 0 and last_ms is not None
        return _Novelty(
            is_first=not is_known,
            chain_rank_24h=rank,
            decay=DECAY[min(rank, len(DECAY)) - 1],
            similar=counts,
            volume=_count_windows([named], now_ms),
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
            if not self._is_bulk:
                self._by_entity.add(code, now_ms)
                self._by_story.add((code, story), now_ms)

    def begin_bulk(self) -> None:
        """Prepare for many calls of `add` and `remove`, at a fraction of the cost. Only `end_bulk` may follow them."""
        self._is_bulk = True

    def end_bulk(self) -> None:
        """Build the tables from the rows."""
        self._is_bulk = False
        rows = np.concatenate([np.empty(0, np.int64), *(np.frombuffer(each, np.int64) for _, each in self.rows)])
        times, codes, stories = rows.reshape(-1, ROW).T
        (entities,), counts, ordered = _group(times, codes)
        self._by_entity.fill(entities, counts, ordered)
        pairs, counts, ordered = _group(times, codes, stories)
        self._by_story.fill(list(zip(*pairs, strict=True)), counts, ordered)

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
        if not self._is_bulk:
            for code in removed:
                self._by_entity.remove(code, at_ms)
                self._by_story.remove((code, code_of_story), at_ms)
        # A snapshot may refer to the rows of the hour, so they are replaced and not changed.
        left = np.delete(rows, list(removed.values()), axis=0)
        self.rows[place] = hour, array("q", left.tobytes())

    def load(self, hours: Iterable[tuple[int, array[int]]]) -> None:
        """Replace everything by the mentions of a snapshot."""
        self.rows = deque(hours)
        self.end_bulk()

    def _expire(self, now_ms: int) -> None:
        """Forget the hours that are before all windows."""
        while self.rows[0][0] < (now_ms - LONGEST_MS) // HOUR_MS:
            hour, rows = self.rows.popleft()
            if self._is_bulk:
                continue
            end = (hour + 1) * HOUR_MS - 1
            for at in range(0, len(rows), ROW):
                code, story = rows[at + 1], rows[at + 2]
                self._by_entity.forget(code, end)
                self._by_story.forget((code, story), end)


def new_novelty(*, is_late: bool) -> Novelty:
    """Return the novelty of an entity that no earlier article names."""
    return _Novelty(
        is_first=True, chain_rank_24h=1, decay=DECAY[0], similar=NO_ARTICLES, volume=NO_ARTICLES, late=is_late
    )


def _count_windows(all_times: Iterable[Times], now_ms: int) -> dict[Window, int]:
    return {name: sum([count_after(times, now_ms - ms) for times in all_times]) for name, ms in WINDOWS.items()}


def _group(
    times: NDArray[np.int64], *columns: NDArray[np.int64]
) -> tuple[list[list[int]], NDArray[np.int64], NDArray[np.int64]]:
    """Group rows with equal values in the columns.

    Returns the values of each group as one list for each column, the numbers of rows of the groups, and the times in
    the order of the groups. The times of a group have the order of the rows.
    """
    order = np.lexsort(columns)
    ordered = np.stack([column[order] for column in columns])
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)
    starts = np.flatnonzero(is_first)
    return ordered[:, starts].tolist(), np.diff(starts, append=len(order)), times[order]


@lru_cache(maxsize=65_536)
def hash_id(text: str) -> int:
    """Return the 63-bit hash (BLAKE2b, RFC 7693) of an entity's key or of a story's id."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1
