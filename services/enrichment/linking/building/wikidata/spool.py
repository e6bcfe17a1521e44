"""Files that grow while a dump is read. Their sizes are noted, so that an interrupted build continues from there."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from services.enrichment.linking import base_format
from services.enrichment.linking.building.wikidata.records import ParsedItem
from services.enrichment.linking.building.writer import NAME_DTYPE, encode_text, list_name_hashes, make_record

PARTS: Final = 64
"""Number of files that the names are distributed over by their hashes. Each is sorted in memory at the end."""

PART_SHIFT: Final = np.uint64(58)
"""Bits by which a hash is shifted to its part."""

DRAFT_DTYPE: Final = np.dtype([("item", base_format.ITEM_DTYPE), ("classes", "<u4", 4), ("country", "<u4")])

PAIR: Final = struct.Struct("<II")

STATE: Final = "progress.json"


class Spool:
    """The growing files of a build in one folder: drafts of items, texts, pairs of classes, countries and names."""

    def __init__(self, folder: Path, signature: dict[str, Any]) -> None:
        """Open the files, cut to their noted sizes. Files of another dump or with other options are cut to nothing."""
        self._folder = folder
        self._signature = signature
        folder.mkdir(parents=True, exist_ok=True)
        state = self._read_state()
        self.line = int(state.get("line", 0))
        self.items = int(state.get("items", 0))
        self.texts = int(state.get("sizes", {}).get(base_format.TEXTS, 0))
        self._files: dict[str, IO[bytes]] = {}
        for name in (base_format.TEXTS, "drafts", "classes", "countries", *(f"names-{part}" for part in range(PARTS))):
            file = (folder / name).open("r+b" if state and (folder / name).exists() else "w+b")
            file.truncate(int(state.get("sizes", {}).get(name, 0)))
            file.seek(0, 2)
            self._files[name] = file
        self._names: list[tuple[int, int, int]] = []

    def add(self, parsed: ParsedItem, *, is_listed: bool) -> None:
        """Add an item: its classes, its code as a country, and, if it is listed, the item itself with its names."""
        for parent in parsed.parents:
            self._files["classes"].write(PAIR.pack(parsed.number, parent))
        if parsed.code:
            self._files["countries"].write(
                np.array([parsed.number, base_format.pack_country(parsed.code)], "<u4").tobytes()
            )
        draft = parsed.draft
        if not is_listed or draft is None:
            return
        text = encode_text(draft.label, draft.description, draft.identifiers)
        self._files[base_format.TEXTS].write(text)
        record = np.zeros((), DRAFT_DTYPE)
        record["item"] = make_record(draft, self.texts, len(text))
        record["classes"][: len(parsed.classes)] = parsed.classes
        record["country"] = parsed.country
        self._files["drafts"].write(record.tobytes())
        draft.type = draft.type or "ORG"  # classes give the type at the end; most short forms are of organisations
        self._names += [(key, self.items, form) for key, form in list_name_hashes(draft).items()]
        self.texts += len(text)
        self.items += 1

    def note(self, line: int) -> None:
        """Write what is in memory, and note that the dump was read up to a line."""
        names = np.array(self._names, NAME_DTYPE)
        self._names = []
        parts = (names["key"] >> PART_SHIFT).astype(int)
        for part in np.unique(parts).tolist():
            self._files[f"names-{part}"].write(names[parts == part].tobytes())
        for file in self._files.values():
            file.flush()
        self.line = line
        state = {
            "signature": self._signature,
            "line": line,
            "items": self.items,
            "sizes": {name: file.tell() for name, file in self._files.items()},
        }
        new = self._folder / f"{STATE}.new"
        new.write_text(json.dumps(state))
        new.replace(self._folder / STATE)

    def read(self, name: str, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return the content of a file as an array."""
        return np.fromfile(self._folder / name, dtype)

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()

    def remove(self) -> None:
        """Remove the files that only the build needs."""
        for name in self._files.keys() - {base_format.TEXTS}:
            (self._folder / name).unlink()
        (self._folder / STATE).unlink()

    def _read_state(self) -> dict[str, Any]:
        try:
            state = json.loads((self._folder / STATE).read_bytes())
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) and state.get("signature") == self._signature else {}
