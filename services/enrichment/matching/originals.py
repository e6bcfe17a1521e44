"""The originals within the window: what a new article is compared with."""

from __future__ import annotations

from struct import Struct

import numpy as np

from services.enrichment.matching.facts import PARAGRAPHS
from services.enrichment.matching.hours import Hours
from services.enrichment.matching.keytable import KeyTable, RowKeys, RowNumbers
from services.enrichment.matching.parameters import MatchParameters
from services.enrichment.matching.rows import LAST_ROW, Rows
from services.enrichment.matching.signature import ANCHORS
from services.enrichment.matching.sketch import SKETCH_BYTES, count_equal, read_sketch
from services.enrichment.matching.unpacked import CONTENT_BYTES, Copy, Facts

RECORD = np.dtype(
    [
        ("anchors", "<u4", ANCHORS),
        ("page", "<u4"),
        ("content", f"V{CONTENT_BYTES}"),
        ("sketch", f"V{SKETCH_BYTES}"),
        ("known", "<u4"),
        ("event", "<u4"),
        ("shingles", "<u4"),
        ("written", "<u4"),
        ("headline", "<u2"),
        ("numbers", "<u2"),
        ("host", "<u2"),
        ("paragraphs", "<u2", PARAGRAPHS),
        ("count", "<u2"),
    ]
)
"""What is kept of an original; 0 for what it does not have. The keys stand first: anchors, page and the first four
bytes of the content hash."""

KEYS = Struct(f"<{ANCHORS + 2}I")
FACTS = Struct(f"<IIII3H{PARAGRAPHS}HH")
WHOLE = Struct(f"<{ANCHORS + 1}I{CONTENT_BYTES}s{SKETCH_BYTES}sIIII3H{PARAGRAPHS}HH")
CONTENT_AT = 4 * (ANCHORS + 1)
SKETCH_AT = CONTENT_AT + CONTENT_BYTES
FACTS_AT = SKETCH_AT + SKETCH_BYTES
NO_SKETCH = bytes(SKETCH_BYTES)

EVENT_BITS = 32
LATEST_MS = 2**EVENT_BITS - 2**30
"""How late an article can be and still be ordered by its event time: 37 days. Times are kept in 32 bits."""


class Originals:
    """The originals within the window, found by what they share with an article."""

    def __init__(self, parameters: MatchParameters) -> None:
        self.hours = Hours(parameters.window_ms)
        self.rows = Rows(RECORD)
        self._table = KeyTable(limit=parameters.bucket_limit, keys_of=self._gather_keys, has_key=self._has_key)

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes."""
        return self.rows.nbytes + self._table.nbytes

    @property
    def crowded(self) -> int:
        """How often an original was added under a key that too many others had."""
        return self._table.crowded

    def count(self, now_ms: int) -> int:
        """How many originals lie within the window at a time."""
        return self.rows.next - self.find_oldest(now_ms)

    def find_oldest(self, now_ms: int) -> int:
        """The first row within the window at a time."""
        return self.hours.find_oldest(now_ms, self.rows.next)

    def meet(self, keys: tuple[int, ...], oldest: int) -> set[int]:
        """The rows from `oldest` on that share a key which few have."""
        return self._table.find(keys, oldest)

    def count_equal(self, row: int, sketch: int) -> int:
        """In how many bins an original's sketch agrees with another; 0 where it has none."""
        chunk, at = self.rows.locate(row)
        kept = chunk[at + SKETCH_AT : at + FACTS_AT]
        return count_equal(read_sketch(kept), sketch) if kept != NO_SKETCH else 0

    def has_content(self, row: int, content: bytes) -> bool:
        """Whether an original has the same words."""
        chunk, at = self.rows.locate(row)
        return chunk[at + CONTENT_AT : at + SKETCH_AT] == content

    def read_facts(self, row: int) -> Facts:
        """What is known of an original besides its words."""
        chunk, at = self.rows.locate(row)
        _, _, shingles, written, headline, numbers, host, *rest = FACTS.unpack_from(chunk, at + FACTS_AT)
        page = int.from_bytes(chunk[at + CONTENT_AT - 4 : at + CONTENT_AT], "little")
        return Facts(shingles, page, host, written, headline, numbers, tuple(rest[: rest[-1]]))

    def read_origin(self, row: int, now_ms: int) -> tuple[int, int]:
        """An original's event time and the row of its id."""
        chunk, at = self.rows.locate(row)
        known, event, *_ = FACTS.unpack_from(chunk, at + FACTS_AT)
        return now_ms - (now_ms - event) % 2**EVENT_BITS, known

    def add(self, copy: Copy, known: int, event_ms: int, now_ms: int) -> None:
        """Add an original at a time that must not lie before the last one's."""
        row = self.append(copy, known, event_ms, now_ms)
        self._table.add(copy.keys, row, self.find_oldest(now_ms))
        if self.rows.next >= LAST_ROW:
            self._renumber(self.find_oldest(now_ms))

    def append(self, copy: Copy, known: int, event_ms: int, now_ms: int) -> int:
        """As `add`, but it is not found before `settle`; returns its row."""
        self.hours.expire(now_ms)
        row = self.rows.next
        chunk, at = self.rows.append()
        facts = copy.facts
        paragraphs = facts.paragraphs
        WHOLE.pack_into(
            chunk,
            at,
            *copy.anchors,
            *(0,) * (ANCHORS - len(copy.anchors)),
            facts.page,
            copy.content,
            copy.packed_sketch or NO_SKETCH,
            known,
            max(event_ms, now_ms - LATEST_MS) % 2**EVENT_BITS,
            facts.shingles,
            facts.written_s,
            facts.headline,
            facts.numbers,
            facts.host,
            *paragraphs,
            *(0,) * (PARAGRAPHS - len(paragraphs)),
            len(paragraphs),
        )
        self.hours.add(row, now_ms)
        self.rows.forget(self.find_oldest(now_ms))
        return row

    def move_known(self, offset: int) -> None:
        """Subtract `offset` from the rows of all ids; in copies, since what was frozen holds on to the chunks."""
        self.rows.unshare()
        for chunk in self.rows.chunks:
            known = np.frombuffer(chunk, RECORD)["known"]
            known -= np.minimum(known, np.uint32(offset))

    def refill(self) -> None:
        """Build the table from the rows, which were put there by `extend`."""
        self._table.fill(np.arange(1, self.rows.next, dtype=np.int64))

    def settle(self, now_ms: int) -> None:
        """Build the table from the rows that count: after `append`."""
        self._table.fill(np.arange(self.find_oldest(now_ms), self.rows.next, dtype=np.int64))

    def _renumber(self, oldest: int) -> None:
        offset = self.rows.renumber(oldest)
        self._table.shift(offset, oldest)
        self.hours.renumber(offset)

    def _has_key(self, row: int, key: int) -> bool:
        chunk, at = self.rows.locate(row)
        return key in KEYS.unpack_from(chunk, at)

    def _gather_keys(self, rows: RowNumbers) -> RowKeys:
        return self.rows.gather(rows, KEYS.size).view("<u4")
