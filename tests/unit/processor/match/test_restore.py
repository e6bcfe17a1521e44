"""Tests of restoring a shard: the index is the same as that of a process which never stopped."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.contracts.state.verdict_log import VerdictRecord
from services.enrichment.matching import MatchIndex, MatchParameters, judge_and_remember
from services.enrichment.matching.memory.hourly_expiry import HOUR_MS
from services.enrichment.matching.signatures.signature import compute_signature
from services.processor.match import matcher as module
from services.processor.match.matcher import MatchProcessor
from services.processor.match.metrics import MatchMetrics
from tests.support.builders import build_article
from tests.support.source_records import Record

SMALL = MatchParameters(window_ms=24 * HOUR_MS, remembered_ms=48 * HOUR_MS, bucket_limit=4)
"""Parameters whose windows are shorter than the four days of the test articles, and whose limit of articles with the
same key is low."""
HOURS = 96


def make_verdicts(count: int, *, seed: int = 1) -> list[VerdictRecord]:
    """Build verdicts over four days: of originals, copies, copies of copies, articles from one template, late ones."""
    rng = random.Random(seed)
    index, verdicts = MatchIndex(SMALL), []
    for number in range(count):
        source = rng.randrange(number + 1) if rng.random() < 0.4 else number
        article = build_article(source, seed, 6)
        body = str(article["content"]) + (" " + " ".join(["again"] * rng.randrange(3)) if source != number else "")
        if rng.random() < 0.2:
            body = " ".join(str(build_article(0, seed + 1, 12)["content"]).split()) + f" Number {number} of the day."
        moment = number * HOURS * HOUR_MS // count - rng.choice((0, 0, 0, 5)) * HOUR_MS
        record = judge_and_remember(index, f"{number:032x}", compute_signature(None, body), max(0, moment))
        assert record is not None
        verdicts.append(record)
    return verdicts


VERDICTS = make_verdicts(400)


def build_processor() -> MatchProcessor:
    """Build a processor with an empty index."""
    return MatchProcessor(0, MatchIndex(SMALL), MatchMetrics())


def to_records(verdicts: Sequence[VerdictRecord]) -> list[Record]:
    """Build the log records of verdicts."""
    return [Record(verdict.to_bytes(), offset=number) for number, verdict in enumerate(verdicts)]


def remember_all(verdicts: Sequence[VerdictRecord]) -> MatchIndex:
    """Build an index and add the verdicts one by one."""
    index = MatchIndex(SMALL)
    for verdict in verdicts:
        index.remember(verdict)
    return index


def read_dump(index: MatchIndex, folder: Path) -> dict[str, bytes]:
    """Write a snapshot and return the content of its files."""
    folder.mkdir()
    index.save(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def judge_all(index: MatchIndex, probes: Sequence[VerdictRecord]) -> list[VerdictRecord | None]:
    """Return the verdicts of further articles."""
    moment = HOURS * HOUR_MS
    return [judge_and_remember(index, f"{n:032x}f", one.signature, moment) for n, one in enumerate(probes)]


def test_the_test_data_has_all_kinds_of_verdicts() -> None:
    """The test data has originals, exact and near copies, and keys that too many articles share."""
    index = remember_all(VERDICTS)
    assert {"original", "exact", "near"} <= {verdict.duplicate.verdict for verdict in VERDICTS}
    assert index.bucket_limit_hits > 0
    assert index.original_count < sum(verdict.duplicate.verdict == "original" for verdict in VERDICTS)


@pytest.mark.parametrize("cuts", [(400,), (1, 399), (150, 1, 249), (50,) * 8], ids=str)
def test_partial_restores_make_the_same_index(tmp_path: Path, cuts: tuple[int, ...]) -> None:
    """A restore in parts makes the same snapshot and the same later verdicts as a restore at once."""
    processor, at = build_processor(), 0
    for size in cuts:
        processor.restore(to_records(VERDICTS[at : at + size]))
        processor.finish_restore()
        at += size
    undisturbed = remember_all(VERDICTS)
    assert read_dump(processor.index, tmp_path / "a") == read_dump(undisturbed, tmp_path / "b")
    assert judge_all(processor.index, VERDICTS) == judge_all(undisturbed, VERDICTS)


def test_snapshot_during_a_restore_is_valid(tmp_path: Path) -> None:
    """A snapshot before the tables are rebuilt is valid, and the restore can continue after it."""
    processor = build_processor()
    processor.restore(to_records(VERDICTS[:200]))
    assert read_dump(processor.index, tmp_path / "a") == read_dump(remember_all(VERDICTS[:200]), tmp_path / "b")
    processor.restore(to_records(VERDICTS[200:]))
    processor.finish_restore()
    assert judge_all(processor.index, VERDICTS) == judge_all(remember_all(VERDICTS), VERDICTS)


@pytest.mark.parametrize("limit", [0, 10, 10_000])
def test_snapshot_and_the_rest_make_the_same_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """A snapshot and the rest of the log make the same index, whether the rest is added one by one or in bulk."""
    monkeypatch.setattr(module, "MAX_SINGLE_UPDATES", limit)
    first = build_processor()
    first.restore(to_records(VERDICTS[:250]))
    first.finish_restore()
    write_state = first.snapshot()
    first.restore(to_records(VERDICTS[250:300]))
    (tmp_path / "snapshot").mkdir()
    write_state(tmp_path / "snapshot")
    restored = build_processor()
    restored.load_snapshot(tmp_path / "snapshot")
    for at in range(250, 400, 30):
        restored.restore(to_records(VERDICTS[at : at + 30]))
    restored.finish_restore()
    undisturbed = remember_all(VERDICTS)
    assert restored.index.original_count == undisturbed.original_count
    assert judge_all(restored.index, VERDICTS) == judge_all(undisturbed, VERDICTS)


def test_snapshot_with_other_parameters_is_rejected(tmp_path: Path) -> None:
    """The index itself rejects a snapshot with other parameters, in addition to the manifest."""
    processor = build_processor()
    processor.snapshot()(tmp_path)
    with pytest.raises(ValueError, match="parameters"):
        MatchProcessor(0, MatchIndex(), MatchMetrics()).load_snapshot(tmp_path)
