"""The index of one shard: the articles it has seen, and the search for the original that a new article copies."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Self

from services.contracts.event import Duplicate, Evidence, Signature
from services.contracts.state.verdict_log import RevisionMark, VerdictRecord
from services.enrichment.matching.differences import Circumstances, find_differences, is_same_form
from services.enrichment.matching.memory.known_ids import RETRACTED, KnownIds, Remembered
from services.enrichment.matching.memory.originals import Originals
from services.enrichment.matching.memory.snapshot import IndexSnapshot, read_snapshot, take_snapshot
from services.enrichment.matching.memory.unpacked import Facts, UnpackedSignature, unpack_signature
from services.enrichment.matching.parameters import MatchParameters
from services.enrichment.matching.relation import (
    Overlap,
    build_evidence,
    classify_relation,
    is_one_page,
    measure_overlap,
)
from services.enrichment.matching.signatures.signature import is_wordless
from services.enrichment.matching.signatures.sketch import SIMILARITY

SIMILARITY_DIGITS = 4
"""Decimals of a published similarity: one bin of a sketch of 256 bins is a step of 0.005."""

ORIGINAL = Duplicate(verdict="original")


class MatchIndex:
    """The near-duplicate index of one shard, for one writer.

    A verdict depends only on the records remembered before and on event time. It does not depend on the clock, on
    batches or on restarts. An empty index that remembers the records of the verdict log in their order becomes equal to
    the index that wrote them. An index that loads a snapshot becomes equal to the index that saved it.
    """

    def __init__(self, parameters: MatchParameters | None = None) -> None:
        self.parameters = parameters or MatchParameters()
        self._ids = KnownIds(self.parameters.remembered_ms)
        self._originals = Originals(self.parameters)
        self._now_ms = 0
        self._last_unpacked: tuple[Signature, UnpackedSignature] | None = None

    @classmethod
    def load(cls, folder: Path, parameters: MatchParameters | None = None) -> Self:
        """Load the index that was saved in a folder.

        Raises PermanentError when the folder has no usable snapshot: none at all, a damaged one, or one of another
        version or of other parameters.
        """
        index = cls(parameters)
        index._now_ms = read_snapshot(folder, index.parameters, index._ids, index._originals)
        return index

    def take_snapshot(self) -> IndexSnapshot:
        """Return the index as it is now; it can be written later, while this index continues to change."""
        return take_snapshot(self.parameters, self._ids, self._originals, self._now_ms)

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder and overwrite the files of an older one."""
        self.take_snapshot().write(folder)

    @property
    def known_count(self) -> int:
        """Number of article ids that the shard remembers."""
        return self._ids.count(self._now_ms)

    @property
    def original_count(self) -> int:
        """Number of originals within the window."""
        return self._originals.count(self._now_ms)

    @property
    def bucket_limit_hits(self) -> int:
        """Number of times since the start that an original was added under a key that `bucket_limit` others had."""
        return self._originals.limit_hits

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes."""
        return self._ids.nbytes + self._originals.nbytes

    def is_known(self, article_id: str) -> bool:
        """Return whether an article with this id was remembered within the last `remembered_ms` of event time."""
        return self._ids.has(article_id, self._now_ms)

    def recall(self, article_id: str) -> Remembered | None:
        """Return the verdict on a remembered article and its last revision; None for an id that is not known."""
        return self._ids.recall(article_id, self._now_ms)

    def judge(self, article_id: str, signature: Signature, event_time_ms: int) -> Duplicate:
        """Decide whether the article copies an original within the window; changes nothing.

        When several originals match, one with exactly the same words wins. Among equals the earliest by event time
        wins, then the one with the lowest id. An article that resembles only originals which report other things is an
        original, and its evidence is about the most similar of them. Raises PermanentError for a signature that this
        build cannot read.
        """
        article = self._unpack(signature)
        if is_wordless(signature):
            return ORIGINAL
        now_ms = max(self._now_ms, event_time_ms)
        candidates = self._originals.find_sharing(article.keys, self._originals.find_oldest(now_ms))
        if not candidates:
            return ORIGINAL
        exact = self._find_exact(article_id, article, candidates, now_ms)
        return exact or self._find_similar(article_id, article, candidates, event_time_ms, now_ms)

    def remember(self, record: VerdictRecord) -> None:
        """Add a judged article: its id and, when it is an original, the keys by which its copies find it.

        A record of a later revision moves no clock and adds no article. It changes what `recall` returns. The record of
        a retraction does the same, and the article's words are compared with no later article.

        Records must come in the order of the verdict log. Event time never goes back: a late article counts from the
        latest time seen. Raises PermanentError for a signature that this build cannot read.
        """
        if record.retracted:
            self._renumber_ids()
            id_row = self._ids.find_row(record.id, self._now_ms)
            if id_row is not None:
                self._originals.erase(id_row, self._now_ms)
            self._ids.revise(record.id, find_number(record), RETRACTED, self._now_ms)
            self._ids.add(record.id, ORIGINAL, RETRACTED, self._now_ms)
            return
        if (later := find_later_revision(record)) is not None:
            self._ids.revise(record.id, later.number, later.hash, self._now_ms)
            return
        article = self._unpack(record.signature)
        self._now_ms = max(self._now_ms, record.event_time_ms)
        self._renumber_ids()
        id_row = self._ids.add(record.id, record.duplicate, find_hash(record), self._now_ms)
        if record.duplicate.verdict == "original" and not is_wordless(record.signature):
            self._originals.add(article, id_row, record.event_time_ms, self._now_ms)

    def remember_many(self, records: Iterable[VerdictRecord]) -> None:
        """Add many records of the verdict log at a fraction of the cost of `remember`.

        Call `build_tables` afterwards; before that only `take_snapshot` may be called. The hash tables follow from the
        rows alone, so that they need no update while rows are added. Raises as `remember` does.
        """
        for record in records:
            if record.retracted:
                self._ids.revise(record.id, find_number(record), RETRACTED, self._now_ms)
                self._ids.append(record.id, ORIGINAL, RETRACTED, self._now_ms)
                continue
            if (later := find_later_revision(record)) is not None:
                self._ids.revise(record.id, later.number, later.hash, self._now_ms)
                continue
            signature = record.signature
            article = unpack_signature(signature)
            self._now_ms = max(self._now_ms, record.event_time_ms)
            id_row, _ = self._ids.append(record.id, record.duplicate, find_hash(record), self._now_ms)
            if record.duplicate.verdict == "original" and not is_wordless(signature):
                self._originals.append(article, id_row, record.event_time_ms, self._now_ms)

    def build_tables(self) -> None:
        """Build the hash tables from the rows that `remember_many` added."""
        self._ids.build_table(self._now_ms)
        for id_row in self._ids.list_retracted(self._now_ms):
            self._originals.erase_unlisted(id_row, self._now_ms)
        self._originals.build_table(self._originals.find_oldest(self._now_ms))

    def _renumber_ids(self) -> None:
        offset = self._ids.renumber_if_due(self._now_ms)
        if offset:
            self._originals.shift_id_rows(offset)

    def _unpack(self, signature: Signature) -> UnpackedSignature:
        """Unpack a signature; the last result is reused, because an article is judged and then remembered."""
        if self._last_unpacked is None or self._last_unpacked[0] is not signature:
            self._last_unpacked = signature, unpack_signature(signature)
        return self._last_unpacked[1]

    def _find_exact(
        self, article_id: str, article: UnpackedSignature, candidates: set[int], now_ms: int
    ) -> Duplicate | None:
        same = [row for row in candidates if self._originals.has_content(row, article.content)]
        earliest = self._sort_by_time(same, article_id, now_ms)
        if not earliest:
            return None
        shingles = article.facts.shingles
        return Duplicate(
            verdict="exact",
            duplicate_of=earliest[0][1],
            similarity=1.0,
            matched_on="content_hash",
            evidence=Evidence(shared_shingles=shingles, total_shingles=shingles),
        )

    def _find_similar(
        self, article_id: str, article: UnpackedSignature, candidates: set[int], event_ms: int, now_ms: int
    ) -> Duplicate:
        if not article.sketch:
            return ORIGINAL
        similar = {}
        for row in candidates:
            similarity = SIMILARITY[self._originals.count_equal(row, article.sketch)]
            if similarity >= self.parameters.threshold:
                similar[row] = similarity
        resembling: Duplicate | None = None
        highest = 0.0
        facts = {row: self._originals.read_facts(row) for row in similar}
        forms = [row for row in facts if is_same_form(article.facts, facts[row])] if len(facts) > 1 else []
        for origin_ms, original_id, row in self._sort_by_time(list(similar), article_id, now_ms):
            overlap = measure_overlap(article.facts, facts[row], similar[row])
            known = Circumstances(
                min(overlap.measure_own_share(each.shingles) for each in (article.facts, facts[row])),
                abs(event_ms - origin_ms),
                is_form=any(form != row for form in forms),
            )
            duplicate = self._compare(article.facts, facts[row], overlap, known, original_id)
            if duplicate is None:
                continue
            if duplicate.verdict != "original":
                return duplicate
            if similar[row] > highest:
                resembling, highest = duplicate, similar[row]
        return resembling or ORIGINAL

    def _compare(
        self, new: Facts, old: Facts, overlap: Overlap, known: Circumstances, original_id: str
    ) -> Duplicate | None:
        """Return the verdict on an article beside one earlier original; None when the two have too little in common."""
        relation = classify_relation(new, old, overlap, self.parameters)
        if relation is None:
            return None
        if not is_one_page(new, old):
            differs = find_differences(new, old, known, self.parameters)
            if differs:
                evidence = build_evidence(new, old, overlap, differs=differs, similar_to=original_id)
                return Duplicate(verdict="original", evidence=evidence)
        return Duplicate(
            verdict=relation,
            duplicate_of=original_id,
            similarity=round(overlap.similarity, SIMILARITY_DIGITS),
            matched_on="page" if relation == "update" else "shingles",
            evidence=build_evidence(new, old, overlap),
        )

    def _sort_by_time(self, rows: list[int], excluded_id: str, now_ms: int) -> list[tuple[int, str, int]]:
        """Return event time, id and row of each original, the earliest first.

        The row of `excluded_id` is left out.
        """
        if not rows:
            return []
        origins = [(*self._originals.read_origin(row, now_ms), row) for row in rows]
        named = sorted((event_ms, self._ids.read_id(id_row), row) for event_ms, id_row, row in origins)
        return [each for each in named if each[1] != excluded_id]


def find_later_revision(record: VerdictRecord) -> RevisionMark | None:
    """Return the revision of a record which says that a judged article was published again; None for any other one."""
    return record.revision if record.revision is not None and record.revision.number > 1 else None


def find_number(record: VerdictRecord) -> int:
    """Return the number of the revision of a record, 1 if it has none."""
    return record.revision.number if record.revision is not None else 1


def find_hash(record: VerdictRecord) -> str | None:
    """Return the hash of the revision of a record; None for a record of an earlier build."""
    return record.revision.hash if record.revision is not None else None


def judge_and_remember(
    index: MatchIndex, article_id: str, signature: Signature, event_time_ms: int
) -> VerdictRecord | None:
    """Judge one article and remember it, as match does; return None when its id is known (it is then `repeated`)."""
    if index.is_known(article_id):
        return None
    duplicate = index.judge(article_id, signature, event_time_ms)
    record = VerdictRecord(id=article_id, event_time_ms=event_time_ms, signature=signature, duplicate=duplicate)
    index.remember(record)
    return record
