"""Revisions in the index: what is remembered, and that log, snapshot and a running index agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from services.contracts.event import Duplicate
from services.contracts.state.verdict_log import RevisionMark, VerdictRecord
from services.enrichment.matching import MatchIndex, MatchParameters, compute_signature
from services.enrichment.matching.memory.hourly_expiry import HOUR_MS
from services.enrichment.matching.memory.known_ids import Remembered
from services.enrichment.matching.signatures.signature import WORDLESS
from tests.unit.enrichment.matching.articles import change_words, write_text

SMALL = MatchParameters(window_ms=24 * HOUR_MS, remembered_ms=48 * HOUR_MS)
HEX, NAME = f"{7:032x}", "article seven"

Written = tuple[MatchIndex, list[VerdictRecord]]
"""An index, and the records of the verdict log that it remembers."""


def judge(index: MatchIndex, article_id: str, text: str, hour: int, revision_hash: str | None) -> VerdictRecord:
    """Judge an article, and return its record of the verdict log, which the index remembers."""
    signature = compute_signature(None, text)
    record = VerdictRecord(
        id=article_id,
        event_time_ms=hour * HOUR_MS,
        signature=signature,
        duplicate=index.judge(article_id, signature, hour * HOUR_MS),
        revision=RevisionMark(number=1, hash=revision_hash) if revision_hash else None,
    )
    index.remember(record)
    return record


def revise(index: MatchIndex, article_id: str, number: int, revision_hash: str) -> VerdictRecord:
    """Revise an article, and return the record of it."""
    known = index.recall(article_id)
    record = VerdictRecord(
        id=article_id,
        event_time_ms=0,
        signature=WORDLESS,
        duplicate=known.duplicate if known else Duplicate(verdict="original"),
        revision=RevisionMark(number=number, hash=revision_hash),
    )
    index.remember(record)
    return record


def restore(records: Sequence[VerdictRecord], folder: Path) -> list[MatchIndex]:
    """Build the index again: one record after the other, in bulk, from a snapshot and the log, and from a snapshot."""
    single, bulk, first_half = (MatchIndex(SMALL) for _ in range(3))
    for record in records:
        single.remember(record)
    bulk.remember_many(records)
    first_half.remember_many(records[: len(records) // 2])
    first_half.save(folder)
    mixed = MatchIndex.load(folder, SMALL)
    mixed.remember_many(records[len(records) // 2 :])
    for index in (bulk, mixed):
        index.build_tables()
    bulk.save(folder)
    return [single, bulk, mixed, MatchIndex.load(folder, SMALL)]


@pytest.fixture
def written() -> Written:
    """Build an index with revised originals and copies, ids of both forms, and an id that came back after its time."""
    index = MatchIndex(SMALL)
    texts = [write_text(number, 80) for number in range(4)]
    records = [
        judge(index, HEX, texts[0], 0, "a"),
        judge(index, "back again", texts[1], 0, "a"),
        judge(index, NAME, change_words(texts[0], 3, seed=1), 1, None),
        revise(index, HEX, 2, "b"),
        revise(index, "back again", 2, "b"),
        judge(index, f"{8:032x}", texts[2], 30, "b"),
        revise(index, NAME, 2, "b"),
        revise(index, HEX, 3, "a"),
        judge(index, "late", texts[3], 48, "b"),
        revise(index, NAME, 3, "c"),
        judge(index, "back again", texts[1], 49, "c"),
    ]
    return index, records


def test_a_known_article_has_its_verdict_and_its_last_revision(written: Written) -> None:
    """A revision keeps the verdict, and the last one counts, also if its hash was there before."""
    index, records = written
    assert records[2].duplicate.verdict == "near" and records[2].duplicate.duplicate_of == HEX
    assert index.recall(NAME) == Remembered(records[2].duplicate, 3, "c")
    assert index.recall(f"{8:032x}") == Remembered(records[5].duplicate, 1, "b")
    assert index.recall("never seen") is None


def test_a_forgotten_id_begins_again(written: Written) -> None:
    """An id that comes back after its time is a new article, which older revisions do not concern."""
    index, records = written
    assert index.recall("back again") == Remembered(records[-1].duplicate, 1, "c")
    assert index.recall(HEX) is None


def test_log_and_snapshot_give_the_same(written: Written, tmp_path: Path) -> None:
    """An index that was built from the log, from a snapshot or from both is equal to the one that wrote them."""
    index, records = written
    for restored in restore(records, tmp_path):
        assert (restored.known_count, restored.original_count) == (index.known_count, index.original_count)
        for name in (HEX, NAME, "back again", "late", f"{8:032x}"):
            assert restored.recall(name) == index.recall(name)


def test_a_revision_counts_nothing_a_second_time(written: Written) -> None:
    """A revision changes neither the number of ids or originals nor later verdicts nor the clock."""
    index, _ = written
    before = index.known_count, index.original_count
    copy = compute_signature(None, change_words(write_text(3, 80), 2, seed=5))
    verdict = index.judge("a copy", copy, 49 * HOUR_MS)
    for number in range(2, 200):
        revise(index, "late", number, f"{number}")
    assert (index.known_count, index.original_count) == before
    assert index.judge("a copy", copy, 49 * HOUR_MS) == verdict and verdict.duplicate_of == "late"
    assert index.recall("late") == Remembered(Duplicate(verdict="original"), 199, "199")


@pytest.mark.parametrize("use", [MatchIndex.remember, lambda index, record: index.remember_many([record])])
def test_a_record_of_an_earlier_build_has_no_hash(use: Callable[[MatchIndex, VerdictRecord], None]) -> None:
    """An article of Copydesk 0.1 has revision 1 without a hash."""
    record = judge(MatchIndex(), HEX, write_text(1, 80), 0, None)
    index = MatchIndex()
    use(index, VerdictRecord.model_validate_json(record.model_dump_json(exclude={"revision"})))
    index.build_tables()
    assert index.recall(HEX) == Remembered(record.duplicate, 1, None)
