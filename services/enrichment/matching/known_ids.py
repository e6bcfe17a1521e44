"""The ids that a shard has seen: some 25 bytes an article, forgotten by the hour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.enrichment.matching.hashing import LETTERS, MASK_64
from services.enrichment.matching.hours import Hours
from services.enrichment.matching.id_keys import KEY_BYTES, derive_key, is_packed_id
from services.enrichment.matching.keytable import KeyTable, RowKeys, RowNumbers
from services.enrichment.matching.rows import LAST_ROW, Rows

RECORD = np.dtype([("id", f"V{KEY_BYTES}")])

NO_LIMIT = 2**31
"""All ids are kept, however many begin alike."""


class KnownIds:
    """A set of article ids that forgets by event time, each with a row number."""

    def __init__(self, kept_ms: int) -> None:
        self.hours = Hours(kept_ms)
        self.rows = Rows(RECORD)
        self.names: dict[int, str] = {}
        """Row to id, of ids that do not come back out of their key."""
        self._table = KeyTable(limit=NO_LIMIT, keys_of=self._gather_keys, has_key=lambda _row, _key: True)

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes."""
        return self.rows.nbytes + self._table.nbytes

    def count(self, now_ms: int) -> int:
        """How many ids count at a time."""
        return self.rows.next - self._oldest(now_ms)

    def has(self, article_id: str, now_ms: int) -> bool:
        """Whether an id was added within the time that ids are kept."""
        packed = derive_key(article_id)
        for row in self._table.find((_scatter(packed),), self._oldest(now_ms)):
            chunk, at = self.rows.locate(row)
            if chunk[at : at + KEY_BYTES] == packed:
                return True
        return False

    def add(self, article_id: str, now_ms: int) -> int:
        """Add an id at a time that must not lie before the last one's; returns its row."""
        row, packed = self.append(article_id, now_ms)
        self._table.add((_scatter(packed),), row, self._oldest(now_ms))
        return row

    def append(self, article_id: str, now_ms: int) -> tuple[int, bytes]:
        """As `add`, but it is not found before `settle`; returns its row and what is kept of it."""
        self.hours.expire(now_ms)
        row = self.rows.next
        packed = derive_key(article_id)
        chunk, at = self.rows.append()
        chunk[at : at + KEY_BYTES] = packed
        if not is_packed_id(article_id):
            self.names[row] = article_id
        self.hours.add(row, now_ms)
        self._forget(self._oldest(now_ms))
        return row, packed

    def name(self, row: int) -> str:
        """The id of a row that is kept."""
        name = self.names.get(row)
        if name is not None:
            return name
        chunk, at = self.rows.locate(row)
        return chunk[at : at + KEY_BYTES].hex()

    def renumber_if_due(self, now_ms: int) -> int:
        """Number the rows anew where they run out; returns what was taken from each number."""
        if self.rows.next < LAST_ROW:
            return 0
        oldest = self._oldest(now_ms)
        offset = self.rows.renumber(oldest)
        self._table.shift(offset, oldest)
        self.hours.renumber(offset)
        self.names = {row - offset: name for row, name in self.names.items() if row >= oldest}
        return offset

    def refill(self) -> None:
        """Build the table from the rows, which were put there by `extend`."""
        self._table.fill(np.arange(1, self.rows.next, dtype=np.int64))

    def settle(self, now_ms: int) -> None:
        """Build the table from the rows that count: after `append`."""
        self._table.fill(np.arange(self._oldest(now_ms), self.rows.next, dtype=np.int64))

    def find_oldest(self, now_ms: int) -> int:
        """The first row that counts at a time."""
        return self._oldest(now_ms)

    def _forget(self, oldest: int) -> None:
        before = self.rows.first_chunk
        self.rows.forget(oldest)
        if self.names and self.rows.first_chunk != before:
            self.names = {row: name for row, name in self.names.items() if row >= oldest}

    def _oldest(self, now_ms: int) -> int:
        return self.hours.find_oldest(now_ms, self.rows.next)

    def _gather_keys(self, rows: RowNumbers) -> RowKeys:
        halves = self.rows.gather(rows, KEY_BYTES).view("<u8")
        keys: NDArray[np.uint64] = (halves[:, 0] ^ halves[:, 1]) * np.uint64(LETTERS) >> np.uint64(32)
        return np.maximum(keys, np.uint64(1)).astype(np.uint32).reshape(-1, 1)


def _scatter(packed: bytes) -> int:
    """The key in the table: 32 bits that depend on all of an id's."""
    folded = int.from_bytes(packed[:8], "little") ^ int.from_bytes(packed[8:], "little")
    return (folded * LETTERS & MASK_64) >> 32 or 1
