"""Writer of a base: items and names in memory, sorted, and written as files.

It is for bases that fit into memory, such as the starter. The same items and names give the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from services.enrichment.entities.names.acronyms import find_initials, fold_acronym
from services.enrichment.entities.names.surfaces import PLACE_KINDS
from services.enrichment.linking import base_format
from services.enrichment.linking.base_format import NameForm, hash_key, pack_country
from services.enrichment.linking.name_keys import is_acronym, make_name_key, make_short_keys

MAX_CODE: Final = 3
"""Letters of the longest name in lower case that is a code, as of an internet domain, and no word."""

_ADDITION = re.compile(r"(.+?) \([^()]*\)$")
"""An organisation's name with an addition in brackets, such as the country."""

NAME_DTYPE: Final = np.dtype([("key", "<u8"), ("target", "<u4"), ("form", "u1")])
"""A name: its hash, the number of its item, and its form."""

NAME_FILES: Final = {"key": base_format.KEYS, "target": base_format.TARGETS, "form": base_format.FORMS}
"""Columns of NAME_DTYPE, and the file of each."""

USUAL_RANK: Final = 100
"""Rank from which an item's initials are a usual name of it."""


@dataclass(slots=True)
class DraftItem:
    """An item that a base gets. `names` has each name with its form; `rank` is 0 to 255."""

    label: str
    type: str | None = None
    rank: int = 0
    wikidata: int = 0
    geonames: int = 0
    country: str = ""
    description: str = ""
    identifiers: dict[str, Any] = field(default_factory=dict)
    names: dict[str, NameForm] = field(default_factory=dict)


def encode_text(label: str, description: str, identifiers: Mapping[str, Any]) -> bytes:
    """Return the text of an item; a too long description is cut."""
    clean = [part.replace(base_format.SEPARATOR, " ") for part in (label, description)]
    encoded = json.dumps(identifiers, sort_keys=True, separators=(",", ":")) if identifiers else ""
    text = base_format.SEPARATOR.join([*clean, encoded]).encode("utf-8", "replace")
    if len(text) <= base_format.MAX_TEXT:
        return text
    return base_format.SEPARATOR.join([clean[0][:100], "", ""]).encode("utf-8", "replace")


def make_record(item: DraftItem, position: int, length: int) -> tuple[int, ...]:
    """Return the record of an item whose text has a position and a length in the file of texts."""
    kind = base_format.TYPES.index(item.type)
    return (position, length, item.wikidata, item.geonames, pack_country(item.country), kind, item.rank)


def list_name_hashes(item: DraftItem) -> dict[int, NameForm]:
    """Return the hashes of all names of an item, each with its form."""
    found: dict[int, NameForm] = {}
    initials = frozenset(letters for name in item.names for letters in find_initials(name))

    def add(key: str, form: NameForm) -> None:
        if key:
            hashed = hash_key(key)
            found[hashed] = min(form, found.get(hashed, form))

    for name, form in item.names.items():
        if form is not NameForm.LABEL and is_acronym(name):
            is_usual = fold_acronym(name) in initials and item.rank >= USUAL_RANK
            add(make_name_key(name), NameForm.ACRONYM if is_usual else NameForm.CODE)
            continue
        if name.islower() and len(name.strip(".")) <= MAX_CODE:
            add(make_name_key(name), NameForm.CODE)
            continue
        add(make_name_key(name), form)
        if form in (NameForm.LABEL, NameForm.ALIAS):
            for key, shortened in _shorten(name, item.type):
                add(key, shortened)
    return found


def _shorten(name: str, kind: str | None) -> Iterator[tuple[str, NameForm]]:
    """Yield the keys of a name without what texts leave out, and their forms.

    Without legal form, title and an addition in brackets it is another name; without kind of place and without what a
    comma adds, only a part of one.
    """
    without_form, without_title = make_short_keys(name)
    if kind == "ORG":
        yield without_form, NameForm.ALIAS
        if plain := _ADDITION.match(name):
            yield make_short_keys(plain[1])[0], NameForm.ALIAS
    if kind == "PER":
        yield without_title, NameForm.ALIAS
    if kind in ("PER", "LOC") and "," in name:
        yield make_name_key(name.split(",", 1)[0]), NameForm.ALIAS if kind == "PER" else NameForm.SHORT
    words = make_name_key(name).split()
    if kind == "LOC" and len(words) > 1 and words[-1] in PLACE_KINDS:
        yield " ".join(words[:-1]), NameForm.SHORT


def write_base(
    folder: Path,
    items: Sequence[DraftItem],
    *,
    name: str,
    languages: Sequence[str],
    sources: Sequence[Mapping[str, Any]],
) -> str:
    """Write the files of a base into a folder, and return the base's version."""
    folder.mkdir(parents=True, exist_ok=True)
    records = np.zeros(len(items), base_format.ITEM_DTYPE)
    position = 0
    with (folder / base_format.TEXTS).open("wb") as texts:
        for number, item in enumerate(items):
            text = encode_text(item.label, item.description, item.identifiers)
            texts.write(text)
            records[number] = make_record(item, position, len(text))
            position += len(text)
    np.save(folder / base_format.ITEMS, records)
    names = _write_names(folder, items, records["rank"])
    return base_format.write_manifest(
        folder, name=name, counts=(len(items), names), languages=languages, sources=sources
    )


def _write_names(folder: Path, items: Iterable[DraftItem], ranks: np.ndarray) -> int:
    entries = [
        (hashed, number, form)
        for number, item in enumerate(items)
        for hashed, form in sorted(list_name_hashes(item).items())
    ]
    names = sort_names(np.array(entries, NAME_DTYPE), ranks)
    for column, file in NAME_FILES.items():
        np.save(folder / file, np.ascontiguousarray(names[column]))
    return len(names)


def sort_names(names: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Return names in the order of a base: by hash, then by the rank of the item, the highest first, then by number."""
    targets = names["target"]
    order = np.lexsort((targets, -ranks[targets].astype("i4"), names["key"]))
    sorted_names: np.ndarray = names[order]
    return sorted_names
