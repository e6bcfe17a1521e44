"""Detection of changes to one file."""

from __future__ import annotations

import os
from pathlib import Path

from services.runtime.service.changed_file import ChangedFile


def test_each_change_is_reported_once(tmp_path: Path) -> None:
    """A write, a replacement, a removal and a new file are changes, and each is reported by one call only."""
    path, other = tmp_path / "file", tmp_path / "other"
    path.write_text("a")
    changed = ChangedFile(path)
    assert not changed.has_changed()
    path.write_text("longer")
    assert (changed.has_changed(), changed.has_changed()) == (True, False)
    other.write_text("LONGER")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    assert (changed.has_changed(), changed.has_changed()) == (True, False)
    path.unlink()
    assert (changed.has_changed(), changed.has_changed()) == (True, False)
    path.write_text("b")
    assert (changed.has_changed(), changed.has_changed()) == (True, False)
