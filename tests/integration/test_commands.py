"""The commands as a person types them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.cli.stack import BOOTSTRAP
from tests.builders import build_article

pytestmark = [pytest.mark.kafka, pytest.mark.weights]

COPYDESK = [sys.executable, "-m", "services.cli"]
WITHIN = 180


def run(*arguments: str, environ: dict[str, str], given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COPYDESK, *arguments],
        env={**os.environ, **environ},
        input=given,
        capture_output=True,
        text=True,
        timeout=WITHIN,
    )


def test_demo_shows_the_samples_and_succeeds(kafka: str) -> None:
    """`copydesk demo` shows each sample's event and the closing table, and exits with 0."""
    done = run("demo", environ={BOOTSTRAP: kafka})
    assert done.returncode == 0, done.stderr
    for expected in ("Velden wins the queen stage", "articles in", "enriched", "p99", "exact of", "near of"):
        assert expected in done.stdout


def test_demo_takes_files_and_tells_what_is_wrong(kafka: str, tmp_path: Path) -> None:
    """A file with one good and one bad article: one event, one refusal with its reason, and exit 0."""
    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps(build_article(7, seed=500)) + '\n{"url": "https://example.com/nothing"}\n')
    done = run("demo", str(file), environ={BOOTSTRAP: kafka})
    assert done.returncode == 0, done.stderr
    assert "report 7" in done.stdout
    assert "invalid_article" in done.stdout


def test_enrich_prints_one_event_a_line() -> None:
    """`copydesk enrich` reads standard input, prints events, tells bad articles on standard error, exits with 1."""
    good = json.dumps(build_article(8, seed=500))
    done = run("enrich", environ={}, given=f"{good}\nnot json\n{good}\n")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert "article 2: invalid_json" in done.stderr
    assert len(events) == 2 and events[0]["id"] == events[1]["id"]
    assert events[0]["entities"] and events[0]["origin"] is None


def test_up_serves_and_stops_cleanly(kafka: str) -> None:
    """`copydesk up` prints its addresses, takes what `send` posts, shows it to `tail`, and ends with 0 on Ctrl-C."""
    command = [*COPYDESK, "up", "--port", "0"]
    with subprocess.Popen(command, env={**os.environ, BOOTSTRAP: kafka}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        url = next(line.split()[-1] for line in lines if line.startswith("HTTP ingest")).removesuffix("/v1/articles")
        article = json.dumps(build_article(9, seed=500))
        sent = run("send", "-", "--url", url, environ={}, given=article)
        assert json.loads(sent.stdout) == {"published": 1}
        seen = run("tail", "news.articles.raw.v1", "--from-beginning", "--limit", "1", environ={BOOTSTRAP: kafka})
        assert "content" in json.loads(seen.stdout)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


@pytest.mark.parametrize("arguments", [["tail", "news.articles.raw.v1"], ["send", "-", "--url", "nonsense"]])
def test_failures_are_one_line(arguments: list[str]) -> None:
    """A command that cannot reach its peer says so in a line, without a traceback, and exits with 1."""
    done = run(*arguments, environ={BOOTSTRAP: "127.0.0.1:9"}, given='{"content": "x"}')
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
