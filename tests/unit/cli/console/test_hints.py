"""The next steps at the end of a command."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.cli.console.hints import print_next_steps
from services.cli.desk.demo import NEXT_STEPS

WIDTH = 80


def test_a_command_that_the_shell_does_not_find_is_activated_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In an environment that is not active the first step activates it; each line fits a terminal of 80 columns."""
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "activate").touch()
    (programs / "copydesk").touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    print_next_steps(NEXT_STEPS, Path(".venv/bin/copydesk"))
    lines = capsys.readouterr().out.splitlines()
    assert "  source .venv/bin/activate" in lines[2]
    assert all(len(line) <= WIDTH for line in lines)
    monkeypatch.setenv("PATH", str(programs))
    print_next_steps(NEXT_STEPS, Path(".venv/bin/copydesk"))
    assert "activate" not in capsys.readouterr().out
