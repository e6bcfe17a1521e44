"""The revisions that a shard has published: the first of each article with its id, the later ones in their order.

A later revision is a row of its own, and no stored row is changed, so that a snapshot can refer to the rows while the
shard goes on. The order of the rows says which revision of an article is the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

import numpy as np

from services.enrichment.matching.memory.hourly_expiry import HourlyExpiry
from services.enrichment.matching.memory.id_keys import KEY_BYTES
from services.enrichment.matching.memory.rows import Rows
from services.enrichment.matching.memory.verdict_rows import HASH, HASH_AT

RECORD = np.dtype([("id", f"V{KEY_BYTES}"), ("number", "<u4"), ("hash", "<u4"), ("id_row", "<u4")])
PACKED = Struct(f"<{KEY_BYTES}sIII")
"""The article's key, the number of the revision, the number of its hash, and the row that the next article gets.

A forgotten id may come back as a new article, in a later row, which an older revision does not concern."""
LAST = Struct("<I")
LAST_RECORD = np.dtype("<u4")


class Revisions:
    """The last revision of each article of `KnownIds`, whose row numbers it uses."""

    def __init__(self, kept_ms: int) -> None:
        self.hours = HourlyExpiry(kept_ms)
        self.rows = Rows(RECORD)
        """The later revisions. A shard would need months without a restart to run out of numbers for them."""
        self.hashes: list[str | None] = [None]
        """The hashes by their numbers. There are few, because all articles of one release share them."""
        self._hash_numbers: dict[str | None, int] = {None: 0}
        self._last = Rows(LAST_RECORD)
        """For each article the row of its last revision, or 0 if it was not revised. It follows from `rows`."""

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes."""
        return self.rows.nbytes + self._last.nbytes

    def number_hash(self, revision_hash: str | None) -> int:
        """Return the number of a hash; a new hash gets the next number."""
        number = self._hash_numbers.setdefault(revision_hash, len(self.hashes))
        if number == len(self.hashes):
            self.hashes.append(revision_hash)
        return number

    def load_hashes(self, hashes: Sequence[str | None]) -> None:
        """Use the numbers of another table's hashes."""
        self.hashes = list(hashes)
        self._hash_numbers = {revision_hash: number for number, revision_hash in enumerate(hashes)}

    def append(self, key: bytes, number: int, revision_hash: str, now_ms: int) -> None:
        """Store a later revision; `now_ms` must not be lower than in an earlier call."""
        self.hours.expire(now_ms)
        chunk, at = self.rows.append()
        PACKED.pack_into(chunk, at, key, number, self.number_hash(revision_hash), self._last.next)
        self.hours.add(self.rows.next - 1, now_ms)
        self.rows.forget(self.find_oldest(now_ms))

    def read(self, row: int, packed_verdict: bytes) -> tuple[int, str | None]:
        """Return number and hash of an article's last revision, given its row and its packed verdict."""
        chunk, at = self._last.locate(row)
        [last] = LAST.unpack_from(chunk, at)
        if not last:
            [first_hash] = HASH.unpack_from(packed_verdict, HASH_AT)
            return 1, self.hashes[first_hash]
        chunk, at = self.rows.locate(last)
        _, number, last_hash, _ = PACKED.unpack_from(chunk, at)
        return number, self.hashes[last_hash]

    def read_article(self, row: int) -> tuple[bytes, int]:
        """Return the key of the article of a later revision, and the row before which the article is."""
        chunk, at = self.rows.locate(row)
        key, _, _, id_row = PACKED.unpack_from(chunk, at)
        return key, id_row

    def read_hash(self, row: int) -> str | None:
        """Return the hash of a later revision."""
        chunk, at = self.rows.locate(row)
        hash_number: int = PACKED.unpack_from(chunk, at)[2]
        return self.hashes[hash_number]

    def find_oldest(self, now_ms: int) -> int:
        """Return the row of the first later revision that counts at a time."""
        return self.hours.find_oldest(now_ms, self.rows.next)

    def add_article(self) -> None:
        """Add an article, which is not revised yet."""
        self._last.append()

    def add_articles(self, count: int) -> None:
        """Add many articles, which are not revised yet."""
        self._last.extend(np.zeros((count, LAST.size), np.uint8))

    def set_last(self, row: int, number: int) -> None:
        """Make a later revision, given its row, the last one of an article, given its row."""
        chunk, at = self._last.locate(row)
        LAST.pack_into(chunk, at, number)

    def forget_articles(self, oldest: int) -> None:
        """Forget the articles before a row."""
        self._last.forget(oldest)

    def renumber(self, oldest: int) -> None:
        """Give the articles from `oldest` on the numbers that `Rows.renumber` gives them."""
        self.shift_id_rows(self._last.renumber(oldest))

    def shift_id_rows(self, offset: int) -> None:
        """Subtract `offset` from the id rows of all later revisions.

        The chunks are copied first, because an unwritten snapshot still refers to them.
        """
        self.rows.copy_chunks()
        for chunk in self.rows.chunks:
            id_rows = np.frombuffer(chunk, RECORD, len(chunk) // RECORD.itemsize)["id_row"]
            id_rows -= np.minimum(id_rows, np.uint32(offset))
