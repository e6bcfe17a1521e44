"""Folder for the logs of a run. It stays if the run fails, so that an error can name a log that still exists."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.errors import CopydeskError


@contextmanager
def open_run_folder(command: str) -> Iterator[Path]:
    """Yield a new temporary folder. It is removed after the block, unless that raises CopydeskError and left a file."""
    folder = Path(tempfile.mkdtemp(prefix=f"copydesk-{command}-"))
    try:
        yield folder
    except CopydeskError:
        if not any(folder.iterdir()):
            folder.rmdir()
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
