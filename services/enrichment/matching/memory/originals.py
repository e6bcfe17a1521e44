"""The originals within the window: the articles that a new article is compared with."""

from __future__ import annotations

from bisect import bisect_left
from struct import Struct

import numpy as np

from services.enrichment.matching.memory.hourly_expiry import HourlyExpiry
from services.enrichment.matching.memory.keytable import KeyTable
from services.enrichment.matching.memory.rows import LAST_ROW, Rows
from services.enrichment.matching.memory.segments import RowKeys, RowNumbers
from services.enrichment.matching.memory.unpacked import CONTENT_BYTES, Facts, UnpackedSignature
from services.enrichment.matching.parameters import MatchParameters
from services.enrichment.matching.signatures.facts import PARAGRAPHS
from services.enrichment.matching.signatures.signature import ANCHORS
from services.enrichment.matching.signatures.sketch import SKETCH_BYTES, count_equal, read_sketch
from services.enrichment.matching.signatures.slots import KEPT_WORDS, SLOTS

RECORD = np.dtype(
    [
        ("anchors", "<u4", ANCHORS),
        ("page", "<u4"),
        ("content", f"V{CONTENT_BYTES}"),
        ("sketch", f"V{SKETCH_BYTES}"),
        ("id_row", "<u4"),
        ("event", "<u4"),
        ("shingles", "<u4"),
        ("written", "<u4"),
        ("headline", "<u2"),
        ("numbers", "<u2"),
        ("host", "<u2"),
        ("paragraphs", "<u2", PARAGRAPHS),
        ("count", "<u2"),
        ("opening", "<u2", KEPT_WORDS),
        ("published", "<u2"),
        ("slots", "<u4", SLOTS),
    ]
)
"""Stored fields of an original; 0 stands for a field that it does not have.

The keys come first and are adjacent: the anchors, the page and the first four bytes of the content hash.
"""

KEYS = Struct(f"<{ANCHORS + 2}I")
FACTS = Struct(f"<IIII3H{PARAGRAPHS}HH{KEPT_WORDS}HH{SLOTS}I")
WHOLE = Struct(f"<{ANCHORS + 1}I{CONTENT_BYTES}s{SKETCH_BYTES}s{FACTS.format.removeprefix('<')}")
ID_ROW = Struct("<I")
CONTENT_AT = 4 * (ANCHORS + 1)
SKETCH_AT = CONTENT_AT + CONTENT_BYTES
FACTS_AT = SKETCH_AT + SKETCH_BYTES
NO_SKETCH = bytes(SKETCH_BYTES)

EVENT_BITS = 32
"""Bits of a stored event time, in milliseconds; the higher bits follow from the latest time seen."""

LATEST_MS = 2**EVENT_BITS - 2**30
"""Maximum delay, 37 days, with which an article still sorts by its event time; 32 bits hold no more."""


class Originals:
    """The originals within the window, found by the keys that they share with an article."""

    def __init__(self, parameters: MatchParameters) -> None:
        self.hours = HourlyExpiry(parameters.window_ms)
        self.rows = Rows(RECORD)
        self._table = KeyTable(limit=parameters.bucket_limit, keys_of=self._read_keys, has_key=self._has_key)

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes."""
        return self.rows.nbytes + self._table.nbytes

    @property
    def limit_hits(self) -> int:
        """Number of times that an original was added under a key that `bucket_limit` others already had."""
        return self._table.limit_hits

    def count(self, now_ms: int) -> int:
        """Count the originals within the window at a time."""
        return self.rows.next - self.find_oldest(now_ms)

    def find_oldest(self, now_ms: int) -> int:
        """Return the first row within the window at a time."""
        return self.hours.find_oldest(now_ms, self.rows.next)

    def find_sharing(self, keys: tuple[int, ...], oldest: int) -> set[int]:
        """Return the rows from `oldest` on that share a key; keys that too many rows have are skipped."""
        return self._table.find(keys, oldest)

    def count_equal(self, row: int, sketch: int) -> int:
        """Count the bins in which an original's sketch equals another sketch; 0 when it has none."""
        chunk, at = self.rows.locate(row)
        stored = chunk[at + SKETCH_AT : at + FACTS_AT]
        return count_equal(read_sketch(stored), sketch) if stored != NO_SKETCH else 0

    def has_content(self, row: int, content: bytes) -> bool:
        """Return whether an original has exactly these words, by their hash."""
        chunk, at = self.rows.locate(row)
        return chunk[at + CONTENT_AT : at + SKETCH_AT] == content

    def read_facts(self, row: int) -> Facts:
        """Return the facts of an original."""
        chunk, at = self.rows.locate(row)
        _, _, shingles, written, headline, numbers, host, *rest = FACTS.unpack_from(chunk, at + FACTS_AT)
        page = int.from_bytes(chunk[at + CONTENT_AT - 4 : at + CONTENT_AT], "little")
        count, *words = rest[PARAGRAPHS:]
        return Facts(
            shingles,
            page,
            host,
            written,
            headline,
            numbers,
            tuple(rest[:count]),
            tuple(filter(None, words[:KEPT_WORDS])),
            tuple(words[KEPT_WORDS + 1 :]),
            words[KEPT_WORDS],
        )

    def read_origin(self, row: int, now_ms: int) -> tuple[int, int]:
        """Return an original's event time in milliseconds and the row of its id."""
        chunk, at = self.rows.locate(row)
        id_row, event, *_ = FACTS.unpack_from(chunk, at + FACTS_AT)
        return now_ms - (now_ms - event) % 2**EVENT_BITS, id_row

    def add(self, article: UnpackedSignature, id_row: int, event_ms: int, now_ms: int) -> None:
        """Add an original; `now_ms` must not be lower than in an earlier call."""
        row = self.append(article, id_row, event_ms, now_ms)
        self._table.add(article.keys, row, self.find_oldest(now_ms))
        if self.rows.next >= LAST_ROW:
            self._renumber(self.find_oldest(now_ms))

    def append(self, article: UnpackedSignature, id_row: int, event_ms: int, now_ms: int) -> int:
        """Store an original and return its row; it cannot be found before `build_table`."""
        self.hours.expire(now_ms)
        row = self.rows.next
        chunk, at = self.rows.append()
        facts = article.facts
        paragraphs = facts.paragraphs
        WHOLE.pack_into(
            chunk,
            at,
            *article.anchors,
            *(0,) * (ANCHORS - len(article.anchors)),
            facts.page,
            article.content,
            article.packed_sketch or NO_SKETCH,
            id_row,
            max(event_ms, now_ms - LATEST_MS) % 2**EVENT_BITS,
            facts.shingles,
            facts.written_s,
            facts.headline,
            facts.numbers,
            facts.host,
            *paragraphs,
            *(0,) * (PARAGRAPHS - len(paragraphs)),
            len(paragraphs),
            *facts.opening,
            *(0,) * (KEPT_WORDS - len(facts.opening)),
            facts.published_day,
            *facts.slots,
            *(0,) * (SLOTS - len(facts.slots)),
        )
        self.hours.add(row, now_ms)
        self.rows.forget(self.find_oldest(now_ms))
        return row

    def erase(self, id_row: int, now_ms: int) -> None:
        """Forget the words of an original, given the row of its id: no later article is compared with it.

        Afterwards the table is as if it never had the original. A snapshot that is being written may have the change
        already; the retraction that caused it is the next record of its log.
        """
        oldest = self.find_oldest(now_ms)
        row = self._find_row(id_row, oldest)
        if row is None:
            return
        chunk, at = self.rows.locate(row)
        keys = dict.fromkeys(filter(None, KEYS.unpack_from(chunk, at)))
        full = self._table.remove(keys, row, oldest)
        self._erase_row(row)
        if full:
            self._table.refill(full, np.arange(oldest, self.rows.next, dtype=np.int64), oldest)

    def erase_unlisted(self, id_row: int, now_ms: int) -> None:
        """Do the same as `erase` before `build_table`."""
        row = self._find_row(id_row, self.find_oldest(now_ms))
        if row is not None:
            self._erase_row(row)

    def shift_id_rows(self, offset: int) -> None:
        """Subtract `offset` from the id rows of all originals.

        The chunks are copied first, because an unwritten snapshot still refers to them.
        """
        self.rows.copy_chunks()
        for chunk in self.rows.chunks:
            id_rows = np.frombuffer(chunk, RECORD)["id_row"]
            id_rows -= np.minimum(id_rows, np.uint32(offset))

    def build_table(self, oldest: int = 1) -> None:
        """Build the hash table from the rows from `oldest` on."""
        self._table.fill(np.arange(oldest, self.rows.next, dtype=np.int64))

    def _renumber(self, oldest: int) -> None:
        offset = self.rows.renumber(oldest)
        self._table.shift(offset, oldest)
        self.hours.renumber(offset)

    def _find_row(self, id_row: int, oldest: int) -> int | None:
        """Return the row of the original whose id is in a row; the id rows of the originals ascend."""
        rows = range(oldest, self.rows.next)
        place = bisect_left(rows, id_row, key=self._read_id_row)
        return rows[place] if place < len(rows) and self._read_id_row(rows[place]) == id_row else None

    def _read_id_row(self, row: int) -> int:
        chunk, at = self.rows.locate(row)
        [id_row] = ID_ROW.unpack_from(chunk, at + FACTS_AT)
        return int(id_row)

    def _erase_row(self, row: int) -> None:
        """Put zeros in place of everything but the row of the id, by which rows are found."""
        chunk, at = self.rows.locate(row)
        chunk[at : at + FACTS_AT] = bytes(FACTS_AT)
        rest = at + FACTS_AT + ID_ROW.size
        chunk[rest : at + self.rows.size] = bytes(at + self.rows.size - rest)

    def _has_key(self, row: int, key: int) -> bool:
        chunk, at = self.rows.locate(row)
        return key in KEYS.unpack_from(chunk, at)

    def _read_keys(self, rows: RowNumbers) -> RowKeys:
        return self.rows.read_prefixes(rows, KEYS.size).view("<u4")
