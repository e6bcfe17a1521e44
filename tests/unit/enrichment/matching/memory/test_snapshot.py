"""Saved index: a loaded index is equal to the saved one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from services.contracts.event import Signature
from services.contracts.state.verdict_log import VerdictRecord
from services.enrichment.matching import MatchIndex, MatchParameters, compute_signature, judge_and_remember
from services.enrichment.matching.memory.hourly_expiry import HOUR_MS
from services.errors import PermanentError
from tests.unit.enrichment.matching.articles import change_words, write_text

SMALL = MatchParameters(window_ms=24 * HOUR_MS, remembered_ms=48 * HOUR_MS)


def build_day(first: int, hour: int) -> list[tuple[str, Signature, int]]:
    """Build articles of which every third is a copy of the previous one, with ids of both forms."""
    articles = []
    for number in range(first, first + 120):
        text = write_text(number - number % 3 // 2, 60 + number % 40)
        copy = change_words(text, 3, seed=number) if number % 3 == 2 else text
        name = f"{number:032x}" if number % 4 else f"article {number}"
        articles.append((name, compute_signature(None, copy), (hour + number % 7) * HOUR_MS))
    return articles


def judge_all(index: MatchIndex, articles: list[tuple[str, Signature, int]]) -> list[VerdictRecord | None]:
    """Judge and remember articles in order, and return their records."""
    return [judge_and_remember(index, *article) for article in articles]


def test_a_loaded_index_continues_like_the_saved_one(tmp_path: Path) -> None:
    """A loaded index gives the same verdicts as the saved one, also after hours, ids and rows have expired."""
    index = MatchIndex(SMALL)
    for day in range(4):
        judge_all(index, build_day(day * 120, day * 24))
    index.save(tmp_path)
    loaded = MatchIndex.load(tmp_path, SMALL)
    later = [*build_day(4 * 120, 4 * 24), *build_day(3 * 120, 3 * 24), *build_day(2 * 120 - 60, 4 * 24)]

    assert (loaded.known_count, loaded.original_count) == (index.known_count, index.original_count)
    assert judge_all(loaded, later) == judge_all(index, later)
    assert {record.duplicate.verdict for record in judge_all(MatchIndex(SMALL), later) if record} >= {
        "original",
        "near",
    }


def test_an_empty_index_can_be_saved(tmp_path: Path) -> None:
    """An index without articles can be saved and loaded."""
    MatchIndex().save(tmp_path)
    loaded = MatchIndex.load(tmp_path)

    assert loaded.known_count == loaded.original_count == 0
    assert judge_and_remember(loaded, "a", compute_signature(None, write_text(1)), 0) is not None


def test_a_save_replaces_the_previous_one(tmp_path: Path) -> None:
    """A second save into the same folder leaves nothing of the first."""
    index = MatchIndex()
    judge_all(index, build_day(0, 0))
    index.save(tmp_path)
    MatchIndex().save(tmp_path)

    assert MatchIndex.load(tmp_path).known_count == 0


def test_an_index_with_other_parameters_is_rejected(tmp_path: Path) -> None:
    """An index saved with other parameters is rejected, because verdicts depend on the parameters."""
    MatchIndex().save(tmp_path)

    with pytest.raises(PermanentError, match="parameters"):
        MatchIndex.load(tmp_path, SMALL)


def remove_file(folder: Path) -> None:
    (folder / "originals.npy").unlink()


def truncate_file(folder: Path) -> None:
    path = folder / "originals.npy"
    path.write_bytes(path.read_bytes()[:-100])


def change_shape(folder: Path) -> None:
    np.save(folder / "originals.npy", np.zeros((3, 5), np.uint8))


def unsort_hours(folder: Path) -> None:
    np.save(folder / "known_hours.npy", np.array([[5, 1], [4, 2]]))


def pickle_objects(folder: Path) -> None:
    np.save(folder / "known.npy", np.array([object()]), allow_pickle=True)


def change_version(folder: Path) -> None:
    described = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps({**described, "version": 0}))


def break_json(folder: Path) -> None:
    (folder / "index.json").write_text("{")


@pytest.mark.parametrize(
    "damage", [remove_file, truncate_file, change_shape, unsort_hours, pickle_objects, change_version, break_json]
)
def test_a_damaged_index_is_rejected(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """A missing or truncated file, another shape or version, and pickled objects are rejected."""
    index = MatchIndex()
    judge_all(index, build_day(0, 0))
    index.save(tmp_path)
    damage(tmp_path)

    with pytest.raises(PermanentError):
        MatchIndex.load(tmp_path)


def test_a_snapshot_does_not_change_after_it_was_taken(tmp_path: Path) -> None:
    """A snapshot that is written after further days contains the index of the moment when it was taken."""
    index = MatchIndex(SMALL)
    judge_all(index, build_day(0, 0))
    counts = index.known_count, index.original_count
    snapshot = index.take_snapshot()
    for day in range(1, 4):
        judge_all(index, build_day(day * 120, day * 24))
    snapshot.write(tmp_path)
    loaded = MatchIndex.load(tmp_path, SMALL)

    assert (loaded.known_count, loaded.original_count) == counts
    assert judge_all(loaded, build_day(60, 24)) == judge_all(judge_first_day(), build_day(60, 24))


def judge_first_day() -> MatchIndex:
    """Return an index that has judged the first day."""
    index = MatchIndex(SMALL)
    judge_all(index, build_day(0, 0))
    return index
