"""The direction of imports is part of the design."""

from __future__ import annotations

import subprocess
import sys


def test_imports_go_one_way() -> None:
    """Every contract of import-linter in pyproject.toml holds."""
    # In a process of its own: it configures logging anew, which silences the loggers that other tests listen to.
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
