"""The index of one shard: which articles it has seen, and of which of them a new one is a copy."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Self

from services.contracts.event import Duplicate, Evidence, Signature
from services.contracts.verdict_log import VerdictRecord
from services.enrichment.matching.known_ids import KnownIds
from services.enrichment.matching.originals import Originals
from services.enrichment.matching.parameters import MatchParameters
from services.enrichment.matching.relation import describe, measure_overlap, relate
from services.enrichment.matching.signature import is_wordless
from services.enrichment.matching.sketch import SIMILARITY
from services.enrichment.matching.snapshot import Frozen, freeze, read_dump
from services.enrichment.matching.unpacked import Copy, unpack_signature

SIMILARITY_DIGITS = 4
"""A step of a sketch of 256 bins is 0.005; what lies beyond four digits is arithmetic."""

ORIGINAL = Duplicate(verdict="original")


class MatchIndex:
    """The near-duplicate index of one shard, for one writer.

    A verdict is a function of the records remembered before and of event time: not of the clock, the batch or a
    restart. Feeding an empty index the records of the verdict log in their order makes it the one that wrote them;
    so does loading what it dumped.
    """

    def __init__(self, parameters: MatchParameters | None = None) -> None:
        self.parameters = parameters or MatchParameters()
        self._known = KnownIds(self.parameters.remembered_ms)
        self._originals = Originals(self.parameters)
        self._now_ms = 0
        self._last: tuple[Signature, Copy] | None = None

    @classmethod
    def load(cls, folder: Path, parameters: MatchParameters | None = None) -> Self:
        """The index that was dumped into a folder. Raises PermanentError where there is none that can be used:
        of another version, other parameters, or damaged."""
        index = cls(parameters)
        index._now_ms = read_dump(folder, index.parameters, index._known, index._originals)
        return index

    def freeze(self) -> Frozen:
        """The index as it is now, to be dumped whenever, while this one goes on."""
        return freeze(self.parameters, self._known, self._originals, self._now_ms)

    def dump(self, folder: Path) -> None:
        """Write the index into an existing folder, as arrays; changes nothing. What was there is written over."""
        self.freeze().dump(folder)

    @property
    def known_count(self) -> int:
        """How many ids the shard knows."""
        return self._known.count(self._now_ms)

    @property
    def original_count(self) -> int:
        """How many originals lie within the window."""
        return self._originals.count(self._now_ms)

    @property
    def bucket_limit_hits(self) -> int:
        """How often an original was added under a key that `bucket_limit` others had, since the index was made."""
        return self._originals.crowded

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes."""
        return self._known.nbytes + self._originals.nbytes

    def knows(self, article_id: str) -> bool:
        """Whether an article with this id was remembered, and that within the time that ids are kept."""
        return self._known.has(article_id, self._now_ms)

    def judge(self, article_id: str, signature: Signature, event_time_ms: int) -> Duplicate:
        """Whether the article is a copy of one within the window; changes nothing.

        Of several originals the earliest by event time is named, then the one of the lowest id; one with the same
        words goes before any other. Raises PermanentError for a signature that this build cannot read.
        """
        copy = self._unpack(signature)
        if is_wordless(signature):
            return ORIGINAL
        now_ms = max(self._now_ms, event_time_ms)
        met = self._originals.meet(copy.keys, self._originals.find_oldest(now_ms))
        if not met:
            return ORIGINAL
        return self._find_exact(article_id, copy, met, now_ms) or self._find_like(article_id, copy, met, now_ms)

    def remember(self, record: VerdictRecord) -> None:
        """Take in a judged article: its id, and, where it is an original, what its copies are known by.

        Records come in the order of the verdict log. Event time never goes back: an article that is late counts
        from the latest time seen. Raises PermanentError for a signature that this build cannot read.
        """
        copy = self._unpack(record.signature)
        self._now_ms = max(self._now_ms, record.event_time_ms)
        offset = self._known.renumber_if_due(self._now_ms)
        if offset:
            self._originals.move_known(offset)
        known = self._known.add(record.id, self._now_ms)
        if record.duplicate.verdict == "original" and not is_wordless(record.signature):
            self._originals.add(copy, known, record.event_time_ms, self._now_ms)

    def remember_many(self, records: Iterable[VerdictRecord]) -> None:
        """As `remember` for each, of a log that is read back, at a fraction of the cost: `settle` must follow before
        anything else is asked but `freeze`. Raises as `remember`.

        What can be found follows from the rows alone, so that the tables need not be kept up while rows are added.
        """
        for record in records:
            signature = record.signature
            copy = unpack_signature(signature)
            self._now_ms = max(self._now_ms, record.event_time_ms)
            known, _ = self._known.append(record.id, self._now_ms)
            if record.duplicate.verdict == "original" and not is_wordless(signature):
                self._originals.append(copy, known, record.event_time_ms, self._now_ms)

    def settle(self) -> None:
        """Build the tables after `remember_many`, at once."""
        self._known.settle(self._now_ms)
        self._originals.settle(self._now_ms)

    def _unpack(self, signature: Signature) -> Copy:
        """The last answer is kept: what is judged is mostly remembered next."""
        if self._last is None or self._last[0] is not signature:
            self._last = signature, unpack_signature(signature)
        return self._last[1]

    def _find_exact(self, article_id: str, copy: Copy, met: set[int], now_ms: int) -> Duplicate | None:
        same = [row for row in met if self._originals.has_content(row, copy.content)]
        earliest = self._order(same, article_id, now_ms)
        if not earliest:
            return None
        shingles = copy.facts.shingles
        return Duplicate(
            verdict="exact",
            duplicate_of=earliest[0][1],
            similarity=1.0,
            matched_on="content_hash",
            evidence=Evidence(shared_shingles=shingles, total_shingles=shingles),
        )

    def _find_like(self, article_id: str, copy: Copy, met: set[int], now_ms: int) -> Duplicate:
        if not copy.sketch:
            return ORIGINAL
        similar = {}
        for row in met:
            similarity = SIMILARITY[self._originals.count_equal(row, copy.sketch)]
            if similarity >= self.parameters.threshold:
                similar[row] = similarity
        for row, name in self._order(list(similar), article_id, now_ms):
            facts = self._originals.read_facts(row)
            overlap = measure_overlap(copy.facts, facts, similar[row])
            kind = relate(copy.facts, facts, overlap, self.parameters)
            if kind is not None:
                return Duplicate(
                    verdict=kind,
                    duplicate_of=name,
                    similarity=round(overlap.similarity, SIMILARITY_DIGITS),
                    matched_on="page" if kind == "update" else "shingles",
                    evidence=describe(copy.facts, facts, overlap),
                )
        return ORIGINAL

    def _order(self, rows: list[int], excluded: str, now_ms: int) -> list[tuple[int, str]]:
        """The rows with their ids, the earliest first."""
        if not rows:
            return []
        origins = [(*self._originals.read_origin(row, now_ms), row) for row in rows]
        named = sorted((event_ms, self._known.name(known), row) for event_ms, known, row in origins)
        return [(row, name) for _, name, row in named if name != excluded]


def judge_and_remember(
    index: MatchIndex, article_id: str, signature: Signature, event_time_ms: int
) -> VerdictRecord | None:
    """What match does with one article, without Kafka; None when its id is known: then it is repeated."""
    if index.knows(article_id):
        return None
    duplicate = index.judge(article_id, signature, event_time_ms)
    record = VerdictRecord(id=article_id, event_time_ms=event_time_ms, signature=signature, duplicate=duplicate)
    index.remember(record)
    return record
