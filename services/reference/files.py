"""Generated files: writing them, and comparing them with what the code says now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

Files = Mapping[Path, str]
"""Path relative to the root of the repository, and content."""


def write_files(root: Path, files: Files) -> None:
    """Write every file whose content differs, and create missing folders."""
    for path in find_stale(root, files):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(files[path], encoding="utf-8")


def find_stale(root: Path, files: Files) -> list[Path]:
    """Return the paths whose file is missing or has another content."""
    return [path for path, content in files.items() if _read(root / path) != content]


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
