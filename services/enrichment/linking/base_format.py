"""Files of a knowledge base: names, layout, manifest, and the hash by which names are found.

A base is a folder with five files. `items.npy` has one record for each item. `keys.npy`, `targets.npy` and `forms.npy`
are parallel: the hash of a name, ascending, the number of an item that has this name, and the form of the name. Entries
of one hash are in descending order of the item's rank. `texts.bin` has the label, the description and the less common
identifiers of each item. `manifest.json` names format, version and sources, and the size and SHA-256 of each file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import numpy as np

from services.errors import ConfigurationError

FORMAT: Final = 1
"""Version of the layout. A reader accepts its own version only."""

MANIFEST: Final = "manifest.json"
ITEMS: Final = "items.npy"
KEYS: Final = "keys.npy"
TARGETS: Final = "targets.npy"
FORMS: Final = "forms.npy"
TEXTS: Final = "texts.bin"
FILES: Final = (ITEMS, KEYS, TARGETS, FORMS, TEXTS)

ITEM_DTYPE: Final = np.dtype(
    [
        ("text", "<u8"),  # offset of the item's text in texts.bin
        ("length", "<u2"),  # length of that text in bytes
        ("wikidata", "<u4"),  # number of the Wikidata id; 0 for an item of another source alone
        ("geonames", "<u4"),  # GeoNames id; 0 if there is none
        ("country", "<u2"),  # the two letters of the ISO 3166 code, high byte first; 0 if unknown
        ("type", "u1"),  # index in TYPES
        ("rank", "u1"),  # how well known the item is, 0 to 255
    ]
)

TYPES: Final = (None, "PER", "ORG", "LOC", "MISC")
"""Types of items by their number; None if the source does not say what the item is."""

SEPARATOR: Final = "\t"
"""Separator of label, description and identifiers (JSON, or empty) in the text of an item."""

MAX_TEXT: Final = 2**16 - 1
"""Maximum number of bytes of the text of an item."""

CHECKED_BYTES: Final = 64_000_000
"""Maximum size of a base whose files are compared with their SHA-256 at each start. Of a larger base, only the sizes
are compared, because reading gigabytes would delay the start."""


COUNTRY_RANK: Final = 255
"""Highest rank. Countries have it, and nothing else."""


class NameForm(IntEnum):
    """Form of a name of an item. Of several forms of one name, the first of this list counts."""

    LABEL = 0
    """The usual name."""
    ACRONYM = 1
    """The initials of the item in capitals, as a well-known item has them."""
    CODE = 2
    """Letters in capitals that are not the initials of the item, such as a country's code. They name it only where the
    article also uses a longer name."""
    ALIAS = 3
    """Another name."""
    SHORT = 4
    """A part of a name: without the kind of a place, what a comma adds, or the country that it begins with."""
    GENERIC = 5
    """A name of common words alone, which bodies of many countries have, such as National Assembly. It names the item
    only where the article names the item's country."""
    DEMONYM = 6
    """A word for what is of the country: the adjective, or the inhabitants."""


def hash_key(key: str) -> int:
    """Return the 64 bits by which a name's key is found (BLAKE2b, RFC 7693).

    Among thirty million names, a name that the base does not have meets a hash that it has with a probability of 1 in
    600 billion.
    """
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def pack_country(code: str) -> int:
    """Return the number of an ISO 3166 code of two letters; 0 for an empty one."""
    return ord(code[0]) << 8 | ord(code[1]) if code else 0


def unpack_country(number: int) -> str | None:
    """Return the ISO 3166 code of a number; None for 0."""
    return chr(number >> 8) + chr(number & 255) if number else None


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of a base. `sha256` is the digest of the manifest, which has the digests of all other files."""

    name: str
    version: str
    items: int
    names: int
    languages: tuple[str, ...]
    sources: tuple[Mapping[str, Any], ...]
    sha256: str


def write_manifest(
    folder: Path, *, name: str, counts: tuple[int, int], languages: Sequence[str], sources: Sequence[Mapping[str, Any]]
) -> str:
    """Write the manifest of the files in a folder, and return the base's version.

    `counts` are the numbers of items and of names. The version is a digest of the files, so that the same inputs give
    the same version.
    """
    files = {file: {"bytes": (folder / file).stat().st_size, "sha256": digest_file(folder / file)} for file in FILES}
    version = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:12]
    manifest = {
        "format": FORMAT,
        "name": name,
        "version": version,
        "items": counts[0],
        "names": counts[1],
        "languages": [*languages],
        "sources": [*sources],
        "files": files,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return version


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest of a base and the files that it names.

    Raises ConfigurationError that names the file and what to do if one is missing, cut, changed or of another format.
    """
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
        parsed = json.loads(content)
        if parsed["format"] != FORMAT:
            raise ConfigurationError(
                f"{path} is of format {parsed['format']}, and this version reads format {FORMAT}; build the base again "
                "with copydesk kb build"
            )
        _check_files(folder, parsed["files"])
        return Manifest(
            name=str(parsed["name"]),
            version=str(parsed["version"]),
            items=int(parsed["items"]),
            names=int(parsed["names"]),
            languages=tuple(parsed["languages"]),
            sources=tuple(parsed["sources"]),
            sha256=hashlib.sha256(content).hexdigest(),
        )
    except OSError as error:
        raise ConfigurationError(
            f"cannot read {path}: {error.strerror}; a knowledge base is a folder that copydesk kb build wrote"
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{path} is not the manifest of a knowledge base: {error!r}; build the base again with copydesk kb build"
        ) from error


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_files(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> None:
    is_small = sum(int(files[name]["bytes"]) for name in FILES) <= CHECKED_BYTES
    for name in FILES:
        path, wanted = folder / name, files[name]
        try:
            size = path.stat().st_size
        except OSError as error:
            raise ConfigurationError(f"cannot read {path}: {error.strerror}; build or copy the base again") from error
        if size != wanted["bytes"]:
            raise ConfigurationError(
                f"{path} has {size} bytes, but its manifest has {wanted['bytes']}; build or copy the base again"
            )
        if is_small and digest_file(path) != wanted["sha256"]:
            raise ConfigurationError(f"{path} differs from its manifest; build or copy the base again")
