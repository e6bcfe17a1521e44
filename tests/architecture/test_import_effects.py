"""Imports have no side effects: only `start_service`, a command or the function that needs an effect causes it."""

from __future__ import annotations

import subprocess
import sys


def test_an_import_changes_nothing() -> None:
    """Importing every module of services changes no environment variable, no signal handler, no log and no library."""
    command = [sys.executable, "-m", "tests.architecture.import_effects"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
