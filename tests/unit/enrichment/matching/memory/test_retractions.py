"""Tests of retracted articles in an index: the id stays known, and no later article is compared with the text."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.contracts.event import Duplicate
from services.contracts.state.verdict_log import RevisionMark, VerdictRecord
from services.enrichment.matching.index import MatchIndex, judge_and_remember
from services.enrichment.matching.memory.known_ids import RETRACTED
from services.enrichment.matching.signatures.signature import WORDLESS, compute_signature

TEXT = " ".join(f"word{number}" for number in range(200))
OTHER = " ".join(f"term{number}" for number in range(200))
FIRST, SECOND, COPY = (f"{number:032x}" for number in (1, 2, 3))


def retract(article_id: str, number: int = 2) -> VerdictRecord:
    """Build the record of a retraction."""
    return VerdictRecord(
        id=article_id,
        event_time_ms=0,
        signature=WORDLESS,
        duplicate=Duplicate(verdict="original"),
        revision=RevisionMark(number=number, hash=RETRACTED),
        retracted=True,
    )


def judge(index: MatchIndex, article_id: str, text: str) -> VerdictRecord:
    """Judge and remember an article; return its record."""
    record = judge_and_remember(index, article_id, compute_signature(None, text), 1_000)
    assert record is not None
    return record


@pytest.fixture
def records() -> list[VerdictRecord]:
    """Build the log of two originals, of which the first is retracted."""
    index = MatchIndex()
    return [judge(index, FIRST, TEXT), judge(index, SECOND, OTHER), retract(FIRST)]


def restore(records: list[VerdictRecord], way: str, folder: Path) -> MatchIndex:
    """Build an index from a log: record by record, in bulk, from a snapshot, or from the compacted log."""
    index = MatchIndex()
    if way == "bulk":
        index.remember_many(records)
        index.build_tables()
    else:
        for record in records[1:] if way == "compacted" else records:
            index.remember(record)
    if way == "snapshot":
        index.save(folder)
        return MatchIndex.load(folder)
    return index


@pytest.mark.parametrize("way", ["single", "bulk", "snapshot", "compacted"])
def test_only_the_id_of_a_retracted_article_is_remembered(
    records: list[VerdictRecord], way: str, tmp_path: Path
) -> None:
    """The id is known as retracted, a copy of its text is an original, and other articles are found as before."""
    index = restore(records, way, tmp_path)
    known = index.recall(FIRST)
    assert known is not None and known.is_retracted and index.is_known(FIRST)
    assert index.judge(COPY, compute_signature(None, TEXT), 2_000).verdict == "original"
    assert index.judge(COPY, compute_signature(None, OTHER), 2_000).duplicate_of == SECOND
    other = index.recall(SECOND)
    assert other is not None and not other.is_retracted


@pytest.mark.parametrize("way", ["single", "bulk", "snapshot"])
def test_the_next_copy_becomes_the_original(records: list[VerdictRecord], way: str, tmp_path: Path) -> None:
    """After a retraction, later copies are found by the next article with the text."""
    index = restore(records, way, tmp_path)
    assert judge(index, COPY, TEXT).duplicate.verdict == "original"
    assert index.judge(f"{4:032x}", compute_signature(None, TEXT), 3_000).duplicate_of == COPY


def test_an_unknown_id_can_be_retracted() -> None:
    """An article that was never seen can be retracted."""
    index = MatchIndex()
    index.remember(retract("never seen", 1))
    known = index.recall("never seen")
    assert known is not None and known.is_retracted


def build_flood(count: int, retracted: tuple[int, ...]) -> list[VerdictRecord]:
    """Build the log of originals with one text, of which some are retracted afterwards."""
    signature, original = compute_signature(None, TEXT), Duplicate(verdict="original")
    ids = [f"{number:032x}" for number in range(100, 100 + count)]
    records = [
        VerdictRecord(id=one, event_time_ms=1_000 + at, signature=signature, duplicate=original)
        for at, one in enumerate(ids)
    ]
    return [*records, *(retract(ids[at]) for at in retracted)]


@pytest.mark.parametrize("way", ["single", "bulk", "snapshot", "compacted"])
@pytest.mark.parametrize(
    ("count", "retracted", "found"),
    [
        (8, (), None),
        (8, (3,), 0),
        (8, (0, 7), 1),
        # The table keeps the eight newest of ten, and gets the older ones back as the newer ones are retracted.
        (10, (5,), None),
        (10, (9, 8), None),
        (10, (4, 9, 7), 0),
        (30, tuple(range(2, 29)), 0),
    ],
)
def test_a_retracted_article_counts_in_no_limit(
    count: int, retracted: tuple[int, ...], found: int | None, way: str, tmp_path: Path
) -> None:
    """A key is ignored if eight articles have it that were not retracted, however the index was built."""
    records = build_flood(count, retracted)
    gone = {record.id for record in records[count:]}
    kept = [record for record in records if way != "compacted" or record.id not in gone or record.retracted]
    index = restore(kept, way if way != "compacted" else "single", tmp_path)
    verdict = index.judge(COPY, compute_signature(None, TEXT), 5_000)
    assert verdict.duplicate_of == (None if found is None else records[found].id)
