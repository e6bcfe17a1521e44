"""Output and exit code of `copydesk try`."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.cli.articles.send import SendReport
from services.cli.desk.arrivals.results import RunResults
from services.cli.desk.try_ import read_desk_rules, show_run
from services.contracts.topics import ENRICHED
from services.sink.rules import Rules
from services.sink.rules.rules_file import parse_rules
from tests.support.events import build_event
from tests.support.source_records import Record

RULES = b"""version: 1
routes:
  - name: mills
    when: {body: [sawmill]}
  - name: rivers
    when: {body: [river]}
"""
BODY = "The sawmill at the river opened again."


def build_results(*routes: str, rules: Rules | None, offset: int = 9, body: str = BODY) -> RunResults:
    """Build the results of a run that began at offset 5, with one event on some routes."""
    results = RunResults(rules=rules, first_offsets={3: 5})
    value = build_event(body=body).to_bytes()
    for topic in (ENRICHED, *(f"news.routed.{route}.v1" for route in routes)):
        results.add(Record(value, b"a", (), topic, offset=offset))
    return results


@pytest.fixture
def rules() -> Rules:
    """Return rules that give the event two routes."""
    return parse_rules(RULES, "rules.yaml")


def show(results: RunResults, report: SendReport, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Return the exit code of a run and what it printed."""
    code = show_run(report, results, results.rules, seconds=1.0, patience=9.0)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_all_routes_are_awaited(rules: Rules) -> None:
    """An event on one of its two routes lacks the other; without rules nothing is known to be lacking."""
    assert build_results("mills", rules=rules).find_missing_routes("a") == ["rivers"]
    assert build_results("mills", "rivers", rules=rules).find_missing_routes("a") == []
    assert build_results("mills", rules=None).find_missing_routes("a") == []


def test_an_event_without_a_route_has_arrived(rules: Rules) -> None:
    """If the rules give an event no route, the event alone is its arrival; else it must be on a route."""
    assert build_results(rules=rules, body="Rain fell.").has_arrived("a")
    assert not build_results(rules=rules).has_arrived("a")
    assert not build_results(rules=None, body="Rain fell.").has_arrived("a")


def test_a_missing_route_is_said(rules: Rules, capsys: pytest.CaptureFixture[str]) -> None:
    """A route on which the event did not arrive is named, and the command fails."""
    code, out, err = show(build_results("mills", rules=rules), SendReport(ids=["a"]), capsys)
    assert (code, "mills" in out) == (1, True)
    assert "did not arrive within 15 s on these routes: rivers" in err
    code, out, err = show(build_results("mills", "rivers", rules=rules), SendReport(ids=["a"]), capsys)
    assert (code, err) == (0, "")
    assert "1 article sent, 1 arrived within 1.0 s" in out


def test_a_repeated_article_is_said(rules: Rules, capsys: pytest.CaptureFixture[str]) -> None:
    """An article that was sent before has its earlier event, on the routes of then; that is no failure."""
    results = build_results("rivers", "ferries", rules=rules, offset=2)
    code, out, _ = show(results, SendReport(ids=["a"]), capsys)
    assert code == 0
    assert "a is repeated: it was sent before, and nothing new was published" in out
    assert "1 article sent, 0 arrived within 1.0 s, 1 repeated" in out
    assert "would also give it the routes mills" in out
    results.add(Record(build_event(body=BODY).to_bytes(), b"a", (), ENRICHED, offset=8))
    assert results.earlier == set()


def test_articles_can_be_tried_while_the_rules_are_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """While the rules file of the desk is wrong, its errors are printed, and no route is explained or awaited."""
    file = tmp_path / "rules.yaml"
    file.write_bytes(RULES.replace(b"when", b"whne"))
    assert read_desk_rules(file) is None
    printed = capsys.readouterr().err
    assert "the rules file of the desk is wrong" in printed and "rules.yaml:4:" in printed
    file.write_bytes(RULES)
    rules = read_desk_rules(file)
    assert rules is not None and rules.names == ("mills", "rivers")


def test_rejected_articles_fail_the_command(rules: Rules, capsys: pytest.CaptureFixture[str]) -> None:
    """A rejected article is counted as such, not as sent, and the exit code is 1."""
    report = SendReport()
    report.reject("broken.json:1", "invalid_json", "no JSON")
    code, out, err = show(RunResults(rules=rules), report, capsys)
    assert code == 1
    assert "0 articles sent, 1 rejected, 0 arrived" in out
    assert "broken.json:1: invalid_json" in err
