"""The commands of `copydesk`, run as a person runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from services.cli.desk.story_demo import demo_stories
from services.cli.kafka.connection import BOOTSTRAP
from services.cli.stories.invented.events import read_events
from services.contracts.topics import RAW
from tests.support.builders import build_article

pytestmark = [pytest.mark.kafka, pytest.mark.weights]

COPYDESK = [sys.executable, "-m", "services.cli"]
WITHIN = 180
"""Seconds in which a command must end."""


def run(*arguments: str, environ: dict[str, str], given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command until it ends."""
    return subprocess.run(
        [*COPYDESK, *arguments],
        env={**os.environ, **environ},
        input=given,
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )


def test_demo_shows_the_samples_and_succeeds(kafka: str) -> None:
    """`copydesk demo` shows the event of each sample and the table of outcomes, and exits with 0."""
    done = run("demo", environ={BOOTSTRAP: kafka})
    assert done.returncode == 0, done.stderr
    for expected in ("Velden wins the queen stage", "articles in", "enriched", "p50", "near copy of"):
        assert expected in done.stdout


def test_demo_accepts_files_and_reports_invalid_articles(kafka: str, tmp_path: Path) -> None:
    """With one valid and two invalid articles, `demo` shows one event and two reasons, and exits with 0."""
    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps(build_article(7, seed=500)) + '\n{"url": "https://example.com/nothing"}\nnot json\n')
    done = run("demo", str(file), environ={BOOTSTRAP: kafka})
    assert done.returncode == 0, done.stderr
    assert "report 7" in done.stdout
    assert "invalid_article" in done.stdout
    assert "invalid_json" in done.stdout


def test_the_demo_of_stories_shows_what_each_article_added(kafka: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`copydesk demo --stories` shows how many stories form, and the largest ones with the names that are new."""
    rows = read_events()
    chosen = [row for row in rows if row["event"] in {rows[0]["event"], rows[6]["event"]}]
    assert demo_stories({**os.environ, BOOTSTRAP: kafka}, chosen) == 0
    text = capsys.readouterr().out
    assert "2 invented events, each told by 6 articles." in text
    assert "independent sources" in text and "new names:" in text and "opened the story" in text
    assert text.rstrip().endswith("its stories in a browser")


def test_enrich_prints_one_event_a_line() -> None:
    """`copydesk enrich` prints events, reports invalid articles on standard error, and then exits with 1."""
    good = json.dumps(build_article(8, seed=500))
    done = run("enrich", environ={}, given=f"{good}\nnot json\n{good}\n")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert "standard input:2: invalid_json" in done.stderr
    assert len(events) == 2 and events[0]["id"] == events[1]["id"]
    assert events[0]["entities"] and events[0]["origin"] is None


@contextmanager
def run_up(kafka: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Run `copydesk up`; yield the process and the base URLs of its ingest and of its page when it serves."""
    command = [*COPYDESK, "up", "--port", "0"]
    environ = {**os.environ, BOOTSTRAP: kafka}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = list(iter_until(process.stdout, "Ctrl-C"))
            url = next(line.split()[2] for line in lines if line.startswith("HTTP ingest"))
            page = next(line.split()[1] for line in lines if line.startswith("page"))
            yield process, url.removesuffix("/v1/articles"), page
        finally:
            process.kill()


def iter_until(lines: Iterable[str], last: str) -> Iterator[str]:
    """Yield the lines up to the one that contains `last`."""
    for line in lines:
        yield line
        if last in line:
            return


def test_up_serves_and_stops_cleanly(kafka: str) -> None:
    """`copydesk up` prints its addresses, serves `send`, `tail`, `try` and the page, and exits with 0 after Ctrl-C."""
    with run_up(kafka) as (process, url, page):
        sent = run("send", "-", "--url", url, environ={}, given=json.dumps(build_article(9, seed=500)))
        assert json.loads(sent.stdout) == {"published": 1}
        seen = run("tail", RAW, "--from-beginning", "--limit", "1", environ={BOOTSTRAP: kafka})
        assert "content" in json.loads(seen.stdout)
        # The second time no event is written: `try` shows the first one.
        for sums in ("1 article sent, 1 arrived", "1 article sent, 0 arrived"):
            tried = run(
                "try", "-", "--url", url, environ={BOOTSTRAP: kafka}, given=json.dumps(build_article(10, seed=500))
            )
            assert tried.returncode == 0, tried.stderr
            assert "report 10" in tried.stdout and "routes" in tried.stdout
            assert sums in tried.stdout
            assert ("1 repeated" in tried.stdout) is ("0 arrived" in sums)
        await_text(page, "report 10")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def await_text(url: str, text: str) -> None:
    """Return when a page has a text."""
    deadline = time.monotonic() + 30
    while text not in httpx.get(url).text:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can end a child with its parent")
def test_killing_up_leaves_no_service_behind(kafka: str) -> None:
    """After kill -9 of `copydesk up`, its four services and its page end too."""
    with run_up(kafka) as (process, *_):
        children = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
        assert len(children) == 5
        process.kill()
        process.wait()
        deadline = time.monotonic() + 20
        while any(Path(f"/proc/{pid}").exists() for pid in children):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_topics_prints_every_topic(kafka: str) -> None:
    """`copydesk topics` creates the declared and the routed topics, prints their names, and can run again."""
    for _ in range(2):
        done = run("topics", environ={BOOTSTRAP: kafka})
        assert done.returncode == 0, done.stderr
        assert {RAW, "news.routed.duplicates.v1"} <= set(done.stdout.split())


@pytest.mark.parametrize("arguments", [["topics"], ["tail", RAW], ["try", "-"]])
def test_failures_are_one_line(arguments: list[str]) -> None:
    """A command that cannot reach its server prints a message without a traceback, and exits with 1."""
    done = run(*arguments, environ={BOOTSTRAP: "127.0.0.1:9"}, given='{"content": "x"}')
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
