"""`copydesk lint` and `copydesk route --test`: the rules file checked without Kafka, and its expectations run."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from services.cli.console.progress import results_console, write_json
from services.cli.rules.events import Annotate, enrich
from services.cli.rules.tree import build_tree, print_tree
from services.contracts.decoding import validate
from services.contracts.raw import RawArticle
from services.errors import ConfigurationError, PermanentError
from services.ingest.unknown_fields import read_fields
from services.sink.rules import Rules, explain, read_rules, to_jsonable
from services.sink.rules.expectations import Expectation


def lint(rules_file: Path) -> str:
    """Return a line about valid rules. Raises ConfigurationError with a line for each error."""
    rules = read_rules(rules_file)
    read_tests(rules, rules_file)
    return (
        f"{rules_file}: valid; routes: {len(rules.routes)}; default route: {rules.default or 'none'}; "
        f"tests: {len(rules.expectations)}; version: {rules.version}"
    )


def read_tests(rules: Rules, rules_file: Path) -> list[tuple[Expectation, RawArticle]]:
    """Return the expectations with their articles. Raises ConfigurationError that names each wrong article's line."""
    found, problems = [], []
    for expectation in rules.expectations:
        try:
            found.append((expectation, validate(RawArticle, read_fields(expectation.article))))
        except PermanentError as error:
            problems.append(f"{rules_file.name}:{expectation.line}: test {expectation.name!r}: article: {error}")
    if problems:
        raise ConfigurationError("\n".join(problems))
    return found


def run_tests(rules_file: Path, annotate: Annotate, *, as_json: bool = False) -> int:
    """Run the expectations of a rules file; return 1 if one fails, else 0.

    Raises ConfigurationError for wrong rules, and for rules without expectations: a check of nothing must not pass.
    """
    rules = read_rules(rules_file)
    tests = read_tests(rules, rules_file)
    if not tests:
        raise ConfigurationError(f"{rules_file}: the file has no tests; add them under `tests:` (docs/routing.md)")
    failed = sum(not _run(rules, expectation, raw, annotate, as_json=as_json) for expectation, raw in tests)
    if not as_json:
        results_console.print(f"tests: {len(tests)}; failed: {failed}", style="red" if failed else "green")
    return 1 if failed else 0


def _run(rules: Rules, expectation: Expectation, raw: RawArticle, annotate: Annotate, *, as_json: bool) -> bool:
    event = enrich(raw, annotate, expectation.verdict)
    explanation = explain(rules, event)
    differing = {*explanation.routes} ^ {*expectation.routes}
    if as_json:
        result = {
            "test": expectation.name,
            "line": expectation.line,
            "passed": not differing,
            "expected": expectation.routes,
        }
        write_json(result | to_jsonable(explanation))
        return not differing
    results_console.print(
        Text.assemble(("failed" if differing else "passed", "red" if differing else "green"), f"  {expectation.name}")
    )
    if differing:
        expected = ", ".join(expectation.routes) or "no route"
        results_console.print(f"        must take {expected}; takes {', '.join(explanation.routes) or 'no route'}")
        place = f"line {expectation.line}"
        print_tree(build_tree(place, event, explanation, differing))
    return not differing
