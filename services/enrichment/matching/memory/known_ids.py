"""The article ids that a shard has seen, with verdict and revision: some 75 bytes an article, forgotten by the hour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.contracts.event import Duplicate
from services.enrichment.matching.memory.hourly_expiry import HourlyExpiry
from services.enrichment.matching.memory.id_keys import KEY_BYTES, derive_key, is_packed_id
from services.enrichment.matching.memory.keytable import KeyTable
from services.enrichment.matching.memory.revisions import Revisions
from services.enrichment.matching.memory.rows import LAST_ROW, Rows
from services.enrichment.matching.memory.segments import RowKeys, RowNumbers
from services.enrichment.matching.memory.verdict_rows import PACKED, pack_verdict, unpack_verdict
from services.enrichment.matching.signatures.hashing import LETTER_BASE, MASK_64

RECORD = np.dtype([("id", f"V{KEY_BYTES}"), ("verdict", f"V{PACKED.size}")])


RETRACTED = "retracted"
"""Value in place of a revision's hash for a retracted article. No hash has letters beyond f."""


class Remembered(NamedTuple):
    """Verdict and last revision of an article that a shard remembers."""

    duplicate: Duplicate
    number: int
    """The number of the last revision."""
    revision_hash: str | None
    """The hash of the last revision; None if it was published before there were hashes."""

    @property
    def is_retracted(self) -> bool:
        """True if the article was retracted."""
        return self.revision_hash == RETRACTED


NO_LIMIT = 2**31
"""Limit of the key table that no key reaches: every id is stored, however many have the same key."""


class KnownIds:
    """The articles that are remembered, by id, which are forgotten by event time; each has a row number."""

    def __init__(self, kept_ms: int) -> None:
        self.hours = HourlyExpiry(kept_ms)
        self.rows = Rows(RECORD)
        self.unpacked_ids: dict[int, str] = {}
        """Row to id, for ids that cannot be restored from their key."""
        self.unpacked_others: dict[int, str] = {}
        """Row to the id of the other article of its verdict, for ids that cannot be restored from their key."""
        self.revisions = Revisions(kept_ms)
        self._table = KeyTable(limit=NO_LIMIT, keys_of=self._read_keys, has_key=lambda _row, _key: True)

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes."""
        return self.rows.nbytes + self._table.nbytes + self.revisions.nbytes

    def count(self, now_ms: int) -> int:
        """Count the ids that are remembered at a time."""
        return self.rows.next - self.find_oldest(now_ms)

    def has(self, article_id: str, now_ms: int) -> bool:
        """Return whether an id was added within the time that ids are remembered."""
        return self._find_row(derive_key(article_id), now_ms) is not None

    def recall(self, article_id: str, now_ms: int) -> Remembered | None:
        """Return the verdict on an article and its last revision; None for an id that is not remembered."""
        row = self._find_row(derive_key(article_id), now_ms)
        if row is None:
            return None
        chunk, at = self.rows.locate(row)
        packed = chunk[at + KEY_BYTES : at + self.rows.size]
        number, revision_hash = self.revisions.read(row, packed)
        return Remembered(unpack_verdict(packed, self.unpacked_others.get(row)), number, revision_hash)

    def revise(self, article_id: str, number: int, revision_hash: str, now_ms: int) -> None:
        """Store a later revision of an article. Before `build_table` its id need not be found."""
        self.revisions.append(derive_key(article_id), number, revision_hash, now_ms)
        self._apply_revision(self.revisions.rows.next - 1, now_ms)

    def add(self, article_id: str, duplicate: Duplicate, revision_hash: str | None, now_ms: int) -> int:
        """Add an article and return its row; `now_ms` must not be lower than in an earlier call."""
        row, packed = self.append(article_id, duplicate, revision_hash, now_ms)
        self._table.add((_derive_table_key(packed),), row, self.find_oldest(now_ms))
        return row

    def append(
        self, article_id: str, duplicate: Duplicate, revision_hash: str | None, now_ms: int
    ) -> tuple[int, bytes]:
        """Store an article and return its row and its key; it cannot be found before `build_table`."""
        self.hours.expire(now_ms)
        row = self.rows.next
        packed = derive_key(article_id)
        verdict, other = pack_verdict(duplicate, self.revisions.number_hash(revision_hash))
        chunk, at = self.rows.append()
        chunk[at : at + self.rows.size] = packed + verdict
        self.revisions.add_article()
        if not is_packed_id(article_id):
            self.unpacked_ids[row] = article_id
        if other is not None:
            self.unpacked_others[row] = other
        self.hours.add(row, now_ms)
        self._forget(self.find_oldest(now_ms))
        return row, packed

    def find_row(self, article_id: str, now_ms: int) -> int | None:
        """Return the row of an id; None if it is not remembered."""
        return self._find_row(derive_key(article_id), now_ms)

    def list_retracted(self, now_ms: int) -> Iterator[int]:
        """Yield the rows of the articles that were retracted later, when the hash table is built."""
        for number in range(self.revisions.find_oldest(now_ms), self.revisions.rows.next):
            key, id_row = self.revisions.read_article(number)
            if self.revisions.read_hash(number) == RETRACTED:
                yield from (row for row in self._list_rows(key, now_ms) if row < id_row)

    def read_id(self, row: int) -> str:
        """Return the id in a row that is still remembered."""
        article_id = self.unpacked_ids.get(row)
        if article_id is not None:
            return article_id
        chunk, at = self.rows.locate(row)
        return chunk[at : at + KEY_BYTES].hex()

    def renumber_if_due(self, now_ms: int) -> int:
        """Give the rows lower numbers when numbers run out; return the offset that was subtracted, 0 when not due."""
        if self.rows.next < LAST_ROW:
            return 0
        oldest = self.find_oldest(now_ms)
        offset = self.rows.renumber(oldest)
        self._table.shift(offset, oldest)
        self.hours.renumber(offset)
        self.unpacked_ids = {row - offset: name for row, name in self.unpacked_ids.items() if row >= oldest}
        self.unpacked_others = {row - offset: name for row, name in self.unpacked_others.items() if row >= oldest}
        self.revisions.renumber(oldest)
        return offset

    def build_table(self, now_ms: int) -> None:
        """Build the hash table from the rows that are remembered at a time, and apply the revisions in their order."""
        self._table.fill(np.arange(self.find_oldest(now_ms), self.rows.next, dtype=np.int64))
        for number in range(self.revisions.find_oldest(now_ms), self.revisions.rows.next):
            self._apply_revision(number, now_ms)

    def find_oldest(self, now_ms: int) -> int:
        """Return the first row that is still remembered at a time."""
        return self.hours.find_oldest(now_ms, self.rows.next)

    def _find_row(self, packed: bytes, now_ms: int) -> int | None:
        return next(self._list_rows(packed, now_ms), None)

    def _list_rows(self, packed: bytes, now_ms: int) -> Iterator[int]:
        for row in self._table.find((_derive_table_key(packed),), self.find_oldest(now_ms)):
            chunk, at = self.rows.locate(row)
            if chunk[at : at + KEY_BYTES] == packed:
                yield row

    def _apply_revision(self, number: int, now_ms: int) -> None:
        """Make a revision the last one of its article, if the article is remembered."""
        key, id_row = self.revisions.read_article(number)
        row = self._find_row(key, now_ms)
        if row is not None and row < id_row:
            self.revisions.set_last(row, number)

    def _forget(self, oldest: int) -> None:
        before = self.rows.first_chunk
        self.rows.forget(oldest)
        self.revisions.forget_articles(oldest)
        if self.rows.first_chunk != before:
            self.unpacked_ids = {row: name for row, name in self.unpacked_ids.items() if row >= oldest}
            self.unpacked_others = {row: name for row, name in self.unpacked_others.items() if row >= oldest}

    def _read_keys(self, rows: RowNumbers) -> RowKeys:
        halves = self.rows.read_prefixes(rows, KEY_BYTES).view("<u8")
        keys: NDArray[np.uint64] = (halves[:, 0] ^ halves[:, 1]) * np.uint64(LETTER_BASE) >> np.uint64(32)
        return np.maximum(keys, np.uint64(1)).astype(np.uint32).reshape(-1, 1)


def _derive_table_key(packed: bytes) -> int:
    """Return an id's key in the hash table: 32 bits, not 0, that depend on all bits of the id."""
    folded = int.from_bytes(packed[:8], "little") ^ int.from_bytes(packed[8:], "little")
    return (folded * LETTER_BASE & MASK_64) >> 32 or 1
