"""The choice of rules of `copydesk route` and `copydesk lint`."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.__main__ import build_app
from services.cli.desk.state import DeskState, describe_this_process, locate_state, publish_state
from services.cli.rules.choice import choose_rules
from services.sink.rules import EXAMPLE_RULES

RULES = """version: 1
routes:
  - name: mills
    when: {body: [sawmill]}
"""


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write rules, and let the state folder be an empty one."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "mills.yaml"
    path.write_text(RULES)
    return path


def build_state(rules: Path | None) -> DeskState:
    """Build the state of a desk that runs in this process."""
    pid, started = describe_this_process()
    return DeskState(
        pid=pid, started=started, ingest="http://127.0.0.1:1", bootstrap_servers="127.0.0.1:2", rules=rules
    )


def test_the_rules_of_the_desk_are_checked(rules: Path, tmp_path: Path) -> None:
    """Given rules are chosen, else those of the desk that runs, else the example; the choice is reported."""
    environ = {"XDG_STATE_HOME": str(tmp_path / "state")}
    reported: list[str] = []
    assert choose_rules(None, environ, reported.append) == EXAMPLE_RULES
    with publish_state(locate_state(environ), build_state(rules)):
        assert choose_rules(None, environ, reported.append) == rules
        assert choose_rules(Path("others.yaml"), environ, reported.append) == Path("others.yaml")
    assert "the example" in reported[0]
    assert str(rules) in reported[1] and "desk that runs here" in reported[1]
    assert reported[2] == "rules: others.yaml"


@pytest.mark.parametrize("options", [[], ["--rules"]])
def test_lint_accepts_the_file_with_or_without_the_option(rules: Path, options: list[str]) -> None:
    """`copydesk lint FILE` is `copydesk lint --rules FILE`."""
    done = CliRunner().invoke(build_app(), ["lint", *options, str(rules)])
    assert done.exit_code == 0, done.output
    assert "mills.yaml: valid; routes: 1" in done.output
