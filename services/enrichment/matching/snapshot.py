"""An index as plain arrays in a folder, and back.

    index.json           version, parameters, event time, how the arrays are laid out
    known.npy            the ids, 16 bytes each, in the order of the verdict log
    known_hours.npy      the hours of event time and the first row of each
    known_names.json     row to id, of ids that are no 32 hex digits
    originals.npy        the originals' records, as bytes
    originals_hours.npy  as known_hours.npy

Only what counts at the time of the dump is written, numbered from 1. The hash tables are not: they follow from the
records. Whoever writes it in place of an older one writes it elsewhere first and renames the folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.enrichment.matching.known_ids import KnownIds
from services.enrichment.matching.originals import Originals
from services.enrichment.matching.parameters import MatchParameters
from services.enrichment.matching.rows import Rows
from services.errors import PermanentError

VERSION = 1
"""Of the layout and of what the signature's hashes mean. A dump of another one is refused."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What counts in an index at one moment, to be written at another, in another thread as well.

    It holds on to the records and copies none: rows are added behind them and never changed.
    """

    described: Mapping[str, Any]
    names: Mapping[int, str]
    hours: Mapping[str, NDArray[np.int64]]
    records: Mapping[str, Sequence[NDArray[np.uint8]]]

    def dump(self, folder: Path) -> None:
        """Write it into an existing folder; what was there is written over."""
        for name, blocks in self.records.items():
            _write_blocks(folder / f"{name}.npy", blocks)
            np.save(folder / f"{name}_hours.npy", self.hours[name], allow_pickle=False)
        (folder / "known_names.json").write_text(json.dumps(self.names), encoding="utf-8")
        (folder / "index.json").write_text(json.dumps(self.described, indent=2), encoding="utf-8")


def freeze(parameters: MatchParameters, known: KnownIds, originals: Originals, now_ms: int) -> Frozen:
    """What counts at a time; takes milliseconds, whatever the size."""
    first_id, first = known.find_oldest(now_ms), originals.find_oldest(now_ms)
    return Frozen(
        described={**_describe(parameters), "now_ms": now_ms, "known_from": first_id},
        names={row - first_id + 1: name for row, name in known.names.items() if row >= first_id},
        hours={
            "known": known.hours.to_array(now_ms, first_id),
            "originals": originals.hours.to_array(now_ms, first),
        },
        records={"known": known.rows.read_from(first_id), "originals": originals.rows.read_from(first)},
    )


def read_dump(folder: Path, parameters: MatchParameters, known: KnownIds, originals: Originals) -> int:
    """Fill an empty index; returns its event time. Raises PermanentError for a dump that is none or another's."""
    try:
        described = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        for name, value in _describe(parameters).items():
            if described.get(name) != value:
                raise PermanentError(f"the dump's {name} is {described.get(name)!r} instead of {value!r}")
        _read_rows(folder / "known.npy", known.rows)
        known.hours.from_array(np.load(folder / "known_hours.npy", allow_pickle=False))
        names = json.loads((folder / "known_names.json").read_text(encoding="utf-8"))
        known.names = {int(row): str(name) for row, name in names.items()}
        _read_rows(folder / "originals.npy", originals.rows)
        originals.hours.from_array(np.load(folder / "originals_hours.npy", allow_pickle=False))
        originals.move_known(int(described["known_from"]) - 1)
        known.refill()
        originals.refill()
        return int(described["now_ms"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PermanentError(f"the dump in {folder.name} cannot be read: {error}") from error


def _describe(parameters: MatchParameters) -> dict[str, Any]:
    return {"version": VERSION, "parameters": parameters.model_dump(mode="json")}


def _write_blocks(path: Path, blocks: Sequence[NDArray[np.uint8]]) -> None:
    """One array of all, without a second copy of it in memory."""
    count, size = sum(map(len, blocks)), blocks[0].shape[1]
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (count, size)}
        np.lib.format.write_array_header_1_0(file, header)
        for block in blocks:
            file.write(block.tobytes())


def _read_rows(path: Path, rows: Rows) -> None:
    packed: NDArray[np.uint8] = np.load(path, mmap_mode="r", allow_pickle=False)
    if packed.dtype != np.uint8 or packed.ndim != 2 or packed.shape[1] != rows.size:
        raise ValueError(f"{path.name} has the shape {packed.shape} of {packed.dtype}")
    rows.extend(packed)
