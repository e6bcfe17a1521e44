"""A shard read back, in one go, in parts, from a snapshot: its index is the one that never stopped."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.contracts.verdict_log import VerdictRecord
from services.enrichment.matching import MatchIndex, MatchParameters, judge_and_remember
from services.enrichment.matching.parameters import HOUR_MS
from services.enrichment.matching.signature import compute_signature
from services.processor.match import matcher as module
from services.processor.match.matcher import MatchProcessor
from services.processor.match.metrics import MatchMetrics
from tests.support.builders import build_article
from tests.support.source_records import Record

SMALL = MatchParameters(window_ms=24 * HOUR_MS, remembered_ms=48 * HOUR_MS, bucket_limit=4)
"""So that the articles of four days outlive both, and a template's are too many."""
HOURS = 96


def make_verdicts(count: int, *, seed: int = 1) -> list[VerdictRecord]:
    """Verdicts over four days: strangers, copies, copies of copies, a template, and late ones."""
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
    return MatchProcessor(0, MatchIndex(SMALL), MatchMetrics())


def to_records(verdicts: Sequence[VerdictRecord]) -> list[Record]:
    return [Record(verdict.to_bytes(), offset=number) for number, verdict in enumerate(verdicts)]


def remember_all(verdicts: Sequence[VerdictRecord]) -> MatchIndex:
    """As the index that made them."""
    index = MatchIndex(SMALL)
    for verdict in verdicts:
        index.remember(verdict)
    return index


def read_dump(index: MatchIndex, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    index.freeze().dump(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def judge_all(index: MatchIndex, probes: Sequence[VerdictRecord]) -> list[VerdictRecord | None]:
    """What the index says of articles that come next."""
    moment = HOURS * HOUR_MS
    return [judge_and_remember(index, f"{n:032x}f", one.signature, moment) for n, one in enumerate(probes)]


def test_the_verdicts_are_of_all_kinds() -> None:
    """What follows is tested on more than strangers: copies, and keys that too many share."""
    index = remember_all(VERDICTS)
    assert {"original", "exact", "near"} <= {verdict.duplicate.verdict for verdict in VERDICTS}
    assert index.bucket_limit_hits > 0
    assert index.original_count < sum(verdict.duplicate.verdict == "original" for verdict in VERDICTS)


@pytest.mark.parametrize("cuts", [(400,), (1, 399), (150, 1, 249), (50,) * 8], ids=str)
def test_parts_of_any_size_make_the_same_index(tmp_path: Path, cuts: tuple[int, ...]) -> None:
    """Read back in one go or broken off and gone on with: the same bytes in a dump, the same verdicts from then on."""
    work, at = build_processor(), 0
    for size in cuts:
        work.restore(to_records(VERDICTS[at : at + size]))
        work.finish_restore()
        at += size
    undisturbed = remember_all(VERDICTS)
    assert read_dump(work.index, tmp_path / "a") == read_dump(undisturbed, tmp_path / "b")
    assert judge_all(work.index, VERDICTS) == judge_all(undisturbed, VERDICTS)


def test_a_restore_that_is_broken_off_may_be_frozen_and_gone_on_with(tmp_path: Path) -> None:
    """Before the tables are built a snapshot holds all the same, and what is restored later comes on top."""
    work = build_processor()
    work.restore(to_records(VERDICTS[:200]))
    assert read_dump(work.index, tmp_path / "a") == read_dump(remember_all(VERDICTS[:200]), tmp_path / "b")
    work.restore(to_records(VERDICTS[200:]))
    work.finish_restore()
    assert judge_all(work.index, VERDICTS) == judge_all(remember_all(VERDICTS), VERDICTS)


@pytest.mark.parametrize("one_by_one", [0, 10, 10_000])
def test_a_snapshot_and_the_rest_make_the_same_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_by_one: int
) -> None:
    """Whether the rest is short and taken one by one, or long and taken together."""
    monkeypatch.setattr(module, "ONE_BY_ONE", one_by_one)
    first = build_processor()
    first.restore(to_records(VERDICTS[:250]))
    first.finish_restore()
    dump = first.snapshot()
    first.restore(to_records(VERDICTS[250:300]))
    (tmp_path / "snapshot").mkdir()
    dump(tmp_path / "snapshot")
    heir = build_processor()
    heir.load_snapshot(tmp_path / "snapshot")
    for at in range(250, 400, 30):
        heir.restore(to_records(VERDICTS[at : at + 30]))
    heir.finish_restore()
    undisturbed = remember_all(VERDICTS)
    assert heir.index.original_count == undisturbed.original_count
    assert judge_all(heir.index, VERDICTS) == judge_all(undisturbed, VERDICTS)


def test_a_snapshot_of_other_parameters_is_refused(tmp_path: Path) -> None:
    """By the index itself too, beside the manifest."""
    work = build_processor()
    work.snapshot()(tmp_path)
    with pytest.raises(ValueError, match="parameters"):
        MatchProcessor(0, MatchIndex(), MatchMetrics()).load_snapshot(tmp_path)
