"""Arithmetic, page and picture of the scorecard."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.benchmarks.scorecard import run_pages
from tests.benchmarks.scorecard.__main__ import find_profiles
from tests.benchmarks.scorecard.job import TIMED_ARTICLES, WARM_ARTICLES, Job, prepare
from tests.benchmarks.scorecard.measure import System, add_speed, time_all
from tests.benchmarks.scorecard.page import write_page
from tests.benchmarks.scorecard.pages import PageSystem, describe_pages
from tests.benchmarks.scorecard.peers import begin_names, run_on_one_core
from tests.benchmarks.scorecard.picture import draw
from tests.benchmarks.scorecard.run_desk import annotate_batch
from tests.support.fake_encoder import FakeEncoder


def build_systems() -> list[System]:
    ours = System("Desk <accurate>", ours=True, figures={"worldwide": 0.87, "speed": 9_000.0, "memory_mb": 200.0})
    return [ours, System("Peer", ours=False, figures={"worldwide": 0.56, "speed": 8_000.0})]


def test_our_systems_are_the_profiles() -> None:
    """Each profile is a system, and each has the weights of an encoder; those of topics are none."""
    found = find_profiles()
    assert [*found] == ["Copydesk accurate", "Copydesk fast"]
    assert all((folder / "embeddings.onnx").exists() for folder in found.values())


def test_types_without_beginnings_are_joined_to_names() -> None:
    """Neighbouring tokens of one type are one name, and a change of type begins another."""
    answers = ["PERSON", "PERSON", "LOCATION", "O", "MISC"]
    assert begin_names(answers) == ["B-PER", "I-PER", "B-LOC", "O", "B-MISC"]


def test_missing_data_is_skipped_with_a_reason(tmp_path: Path) -> None:
    """Without any data the job names the missing file of each part, and nothing is raised."""
    job = prepare(tmp_path, tmp_path)
    assert set(job.skipped) == {"worldwide", "conll2003-dev", "newsmtsc", "persent", "leads", "newswire"}
    assert job.skipped["persent"] == "persent-dev.jsonl is not there"
    assert (tmp_path / "tokens.jsonl").read_text() == ""


def test_ratios_are_computed_from_the_best_rounds(tmp_path: Path) -> None:
    """The speed and the ratio of a system are those of its best round, so that a busy machine affects neither side."""
    job = Job(tmp_path, texts=["four words of text"])
    ours, peer = System("a", ours=True), System("b", ours=False)
    slow, fast = iter([2.0, 20.0, 2.0]), iter([1.0, 10.0, 1.0])
    timers = [
        (ours, lambda: {"seconds": next(fast), "memory_mb": 1.0}),
        (peer, lambda: {"seconds": next(slow), "memory_mb": 1.0}),
    ]
    time_all(timers, peer, job, 3, lambda _: None)
    assert (ours.figures["ratio"], ours.figures["speed"]) == (2.0, 4.0)


def test_page_shows_the_speeds_with_and_without_micro_batches(tmp_path: Path) -> None:
    """Both speeds are compared with the baseline, and the page shows both."""
    job = Job(tmp_path, texts=["four words of text"])
    ours, peer = System("Desk", ours=True), System("Peer", ours=False)
    timers = [
        (ours, lambda: {"seconds": 1.0, "single_seconds": 2.0, "memory_mb": 1.0}),
        (peer, lambda: {"seconds": 4.0, "memory_mb": 1.0}),
    ]
    time_all(timers, peer, job, 1, lambda _: None)
    assert (ours.figures["ratio"], ours.figures["single_ratio"]) == (4.0, 2.0)
    assert "single_ratio" not in peer.figures
    write_page(tmp_path / "scorecard.md", [ours, peer], job, 1)
    assert "- Desk: 2 words a second, 2.00 to spaCy, when each article is read on its own." in (
        tmp_path / "scorecard.md"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize(("pieces", "scans"), [(0, [1, 1, 1]), (8, [2, 1]), (10_000, [3])])
def test_our_runner_reads_ahead_as_the_service_does(pieces: int, scans: list[int]) -> None:
    """No more articles of a micro-batch are scanned together than the limit of word pieces allows."""
    encoder = FakeEncoder()
    annotate_batch(encoder, [{"headline": "", "body": "Mara left Tarnby."}] * 3, 100, pieces)
    assert [len(articles) for articles in encoder.calls] == scans


def test_warm_up_articles_are_not_timed(tmp_path: Path) -> None:
    """The articles that warm up a system are not among the timed ones."""
    folder = tmp_path / "articles"
    folder.mkdir()
    rows = [json.dumps({"text": f"article {number}"}) for number in range(200)]
    (folder / "newswire.jsonl").write_text("\n".join(rows))
    job = prepare(tmp_path, tmp_path)
    warm = [json.loads(line) for line in (tmp_path / "warm.jsonl").read_text().splitlines()]
    assert (len(job.texts), len(warm)) == (TIMED_ARTICLES, WARM_ARTICLES)
    assert not set(warm) & set(job.texts)


def test_memory_is_that_of_the_process_alone() -> None:
    """A small process has less memory than the one that started it, and a large one its own peak."""
    held = bytearray(200_000_000)
    core = max(os.sched_getaffinity(0))
    small = run_on_one_core([sys.executable, "-c", "import time; time.sleep(0.3)"], core).memory_mb
    large = run_on_one_core([sys.executable, "-c", "held = b'x' * 300_000_000; import time; time.sleep(0.3)"], core)
    assert 0 < small < len(held) / 2**20 < large.memory_mb


def test_memory_is_the_largest_measured(tmp_path: Path) -> None:
    """The memory of a system is its largest resident set of all rounds."""
    system, job = System("a", ours=True), Job(tmp_path)
    for memory in (3.0, 5.0, 4.0):
        add_speed(system, {"seconds": 1.0, "memory_mb": memory}, job)
    assert system.figures["memory_mb"] == 5.0


def test_the_picture_is_valid_and_names_every_system() -> None:
    """The SVG parses, has a point for each system, and escapes their names."""
    picture = draw(build_systems())
    assert picture is not None
    root = ElementTree.fromstring(picture)
    assert len(root.findall("{http://www.w3.org/2000/svg}circle")) == 2
    assert "Desk <accurate>" in {element.text for element in root.iter()}


def test_no_picture_without_speeds() -> None:
    """There is no picture if nothing was timed."""
    assert draw([System("a", ours=True, figures={"worldwide": 0.9})]) is None


def test_the_page_says_what_was_not_measured(tmp_path: Path) -> None:
    """The page shows a dash for a figure that was not measured, and names a skipped set with its reason."""
    job = Job(tmp_path, skipped={"persent": "persent-dev.jsonl is not there"})
    write_page(tmp_path / "scorecard.md", build_systems(), job, 3)
    page = (tmp_path / "scorecard.md").read_text()
    row = next(line for line in page.splitlines() if line.startswith("| Peer"))
    assert row == "| Peer | 0.560 | – | – | – | – | 8,000 | – | – | – | – |"
    assert "Not measured: persent (persent-dev.jsonl is not there)." in page


def test_page_compares_the_cleaning_of_pages(tmp_path: Path) -> None:
    """The table of cleaning has a line for each extractor with its version, and a dash for what it does not find."""
    desk = PageSystem("desk", {"world-pages_f1": 0.95, "headline": 0.8, "wrong_days": 0, "time": 0.5})
    sections = describe_pages([desk, PageSystem("readability-lxml", {"headline": 0.5})], "Notes.")
    write_page(tmp_path / "page.md", build_systems(), Job(tmp_path), 1, sections)
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| **Copydesk** | 0.950 | 80.0% | – | 0 | – | – | 0.50 | – |" in text
    assert "| readability-lxml 0.9 | – | 50.0% |" in text


def test_a_page_on_which_an_extractor_fails_is_empty() -> None:
    """An exception of an extractor is a page without a body."""

    def fail(page: dict[str, object]) -> run_pages.Found:
        raise ValueError(page["url"])

    assert run_pages.run(fail, {"url": None}) == {"body": "", "headline": "", "authors": [], "day": None}
    assert run_pages.run(lambda _: ("b", None, None, None), {})["body"] == "b"  # type: ignore[arg-type, return-value]
