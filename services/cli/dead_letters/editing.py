"""Editing of a value by a person, in the editor that the environment names."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from services.errors import ConfigurationError

EDITORS = ("VISUAL", "EDITOR")
"""Variables that name the editor, the first one that is set."""
DEFAULT_EDITOR = "vi"


def edit_value(value: bytes, environ: Mapping[str, str]) -> bytes:
    """Open the value in the editor and return what was saved.

    Raises ConfigurationError if the editor cannot be started, fails, or changes nothing.
    """
    command = shlex.split(next((environ[name] for name in EDITORS if environ.get(name)), DEFAULT_EDITOR))
    with tempfile.TemporaryDirectory(prefix="copydesk-") as folder:
        path = Path(folder, "value.json")
        path.write_bytes(value)
        try:
            done = subprocess.run([*command, str(path)], check=False)
        except OSError as error:
            raise ConfigurationError(f"cannot start the editor {command[0]}: {error.strerror}; set EDITOR") from error
        if done.returncode:
            raise ConfigurationError(f"the editor {command[0]} ended with {done.returncode}; nothing is sent")
        edited = path.read_bytes()
    if edited == value:
        raise ConfigurationError("the editor changed nothing; nothing is sent")
    return edited
