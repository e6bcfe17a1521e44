"""Imports go in the directions that the design allows."""

from __future__ import annotations

import subprocess
import sys


def test_imports_go_one_way() -> None:
    """Every contract of import-linter in pyproject.toml holds."""
    # import-linter runs in its own process, because it configures logging, which would silence loggers of other tests.
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
