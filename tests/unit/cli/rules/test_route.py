"""The commands `copydesk route` and `copydesk lint`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from services.cli.rules.check import lint, run_tests
from services.cli.rules.route import route
from services.cli.rules.tree import build_tree, write_value
from services.contracts.event import AnnotatedArticle
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.enrichment.pipeline import Pipeline
from services.errors import ConfigurationError
from services.sink.rules import explain
from services.sink.rules.rules_file import parse_rules
from tests.support.events import build_event
from tests.support.fake_encoder import FakeEncoder
from tests.support.fake_topics import FakeTopicClassifier

RULES = """version: 1
routes:
  - name: ports
    when: {body: [port, quay], verdict: original}
  - name: copies
    when: {verdict: [exact, near]}
default: rest
tests:
  - name: a quay
    article: {titel: T, content: The quay of Larkvale was closed.}
    routes: ports
"""
GOOD = RULES.replace("titel", "title")
ARTICLES = '{"content": "The quay of Larkvale was closed."}\n{"content": "x", "tags": 5}\n{"content": "Rain fell."}\n'


def annotate(raw: RawArticle) -> AnnotatedArticle:
    """Enrich an article with a small stand-in for the encoder."""
    pipeline = Pipeline(FakeEncoder(), FakeTopicClassifier(), max_encoded_words=100)
    return pipeline.annotate(raw, article_id=derive_article_id(raw), ingested_at=datetime(2026, 3, 1, tzinfo=UTC))


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Write rules whose test passes."""
    path = tmp_path / "rules.yaml"
    path.write_text(GOOD)
    return path


def test_articles_and_events_are_judged(rules: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Raw articles are enriched, events keep their verdict, and a wrong article is reported with its file and line."""
    articles, event = tmp_path / "a.jsonl", tmp_path / "event.json"
    articles.write_text(ARTICLES)
    event.write_bytes(build_event(verdict="near", body="The port was closed.").to_bytes())
    assert route(rules, [articles, event], annotate, as_json=True) == 1
    captured = capfdbinary.readouterr()
    decisions = [json.loads(line) for line in captured.out.splitlines()]
    assert [decision["routes"] for decision in decisions] == [["ports"], ["rest"], ["copies"]]
    assert [decision["place"].rsplit("/", 1)[-1] for decision in decisions] == [
        "a.jsonl:1",
        "a.jsonl:3",
        "event.json:1",
    ]
    assert [route["route"] for route in decisions[0]["conditions"]] == ["ports", "copies"]
    assert "a.jsonl:2: invalid_article: tags: not a list" in " ".join(captured.err.decode().split())


def test_a_raw_article_is_judged_by_the_given_verdict(
    rules: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """A raw article gets the verdict of the option, and the same article twice is no duplicate of itself."""
    text = tmp_path / "a.txt"
    text.write_text("The quay of Larkvale was closed.")
    assert route(rules, [text, text], annotate, as_json=True) == 0
    assert route(rules, [text], annotate, verdict="near", as_json=True) == 0
    decisions = [json.loads(line)["routes"] for line in capfdbinary.readouterr().out.splitlines()]
    assert decisions == [["ports"], ["ports"], ["copies"]]


def test_a_pipe_gets_whole_lines(
    rules: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A headline that is longer than the terminal is neither wrapped nor cut off in a pipe."""
    monkeypatch.setenv("COLUMNS", "40")
    headline = " ".join(f"word{number}" for number in range(60))
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"title": headline, "content": "The quay of Larkvale was closed."}))
    assert route(rules, [file], annotate) == 0
    first, *others = capfdbinary.readouterr().out.decode().splitlines()
    assert first == f"{file}:1  {headline}"
    assert all(line[0] in "├│└ " for line in others)


def test_the_tree_shows_each_condition() -> None:
    """The tree has the routes, and for each condition its answer, its value in the rules and what decided."""
    rules = parse_rules(
        b"version: 1\nroutes:\n"
        b"  - {name: a, when: {language: [en, de], any: [{headline: sun}, {not: {verdict: near}}]}}\n"
        b"  - {name: b, when: {sentiment: negative}}\n",
        "rules",
    )
    event = build_event()
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        console.print(build_tree("file:1", event, explain(rules, event)))
    lines = [line.lstrip("│├└─ ").rstrip() for line in capture.get().splitlines()]
    assert lines == [
        "file:1  Storm closes the port",
        "takes a",
        "yes  a",
        "yes  language: [en, de]  the language is en, probability 0.90",
        "yes  at least one of these",
        "no   headline: sun  the phrase is not in the headline",
        "yes  not",
        "no   verdict: near  the verdict is original",
        "no   b",
        "unknown sentiment: negative  the article has no sentiment",
    ]


def test_a_long_list_is_shortened() -> None:
    """A list of thousands of names is one line."""
    assert write_value({"name": ["a", "b", "c", "d", "e", "f", "g"]}) == "{name: [a, b, c, d, e, and 2 more]}"


def test_lint_says_what_the_file_has(rules: Path) -> None:
    """Valid rules give one line with their numbers and version."""
    line = lint(rules)
    assert "rules.yaml: valid; routes: 2; default route: rest; tests: 1; version: " in line


def test_lint_checks_the_articles_of_tests(rules: Path) -> None:
    """A misspelt field in a test's article is an error with the test's line."""
    rules.write_text(RULES)
    with pytest.raises(ConfigurationError, match=r"rules\.yaml:9: test 'a quay': article: titel: unknown"):
        lint(rules)


@pytest.mark.parametrize(("expected", "code"), [("ports", 0), ("[ports, copies]", 1), ("[]", 1)])
def test_expectations_are_run(rules: Path, expected: str, code: int, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A test passes if the article takes exactly the expected routes; a failed one shows why."""
    rules.write_text(GOOD.replace("routes: ports", f"routes: {expected}"))
    assert run_tests(rules, annotate) == code
    out = capfdbinary.readouterr().out.decode()
    assert f"tests: 1; failed: {code}" in out
    assert ("failed  a quay" in out) is bool(code)
    assert run_tests(rules, annotate, as_json=True) == code
    assert json.loads(capfdbinary.readouterr().out)["passed"] is not bool(code)


def test_rules_without_tests_do_not_pass(rules: Path) -> None:
    """A run without tests is an error: nothing was checked."""
    rules.write_text(GOOD[: GOOD.index("tests:")])
    with pytest.raises(ConfigurationError, match="has no tests"):
        run_tests(rules, annotate)
