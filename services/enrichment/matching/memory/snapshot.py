"""Storage of a match index as plain arrays in a folder.

    index.json           version, parameters and event time
    known.npy            the ids with their verdicts, as bytes, in the order of the verdict log
    known_hours.npy      the hours of event time and the first row of each
    known_names.json     row to id, for ids that are not 32 hex digits
    other_names.json     the same for the ids in the verdicts
    revisions.npy        the later revisions, as bytes, in the order of the verdict log
    revisions_hours.npy  like known_hours.npy
    originals.npy        the records of the originals, as bytes
    originals_hours.npy  like known_hours.npy

Only rows that still count at the time of the snapshot are written, numbered from 1. The hash tables are not written:
they follow from the records. To replace an older snapshot, write into another folder and rename that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.enrichment.matching.memory.known_ids import KnownIds
from services.enrichment.matching.memory.originals import Originals
from services.enrichment.matching.memory.rows import Rows
from services.enrichment.matching.parameters import MatchParameters
from services.errors import PermanentError

VERSION = 4
"""Version of the layout and of the meaning of the signature's hashes. A snapshot of another version is refused."""

ARRAY_DIMENSIONS = 2
"""Dimensions of a stored array of records: one line of bytes for each row."""


@dataclass(frozen=True, slots=True)
class IndexSnapshot:
    """The rows that count in an index at one moment, to be written later, possibly in another thread.

    It refers to the index's records and copies none. That is safe, because the index adds rows behind them and never
    changes a row.
    """

    description: Mapping[str, Any]
    names: Mapping[str, Mapping[int, str]]
    hours: Mapping[str, NDArray[np.int64]]
    records: Mapping[str, Sequence[NDArray[np.uint8]]]

    def write(self, folder: Path) -> None:
        """Write the snapshot into an existing folder and overwrite the files of an older one."""
        for name, blocks in self.records.items():
            _write_blocks(folder / f"{name}.npy", blocks)
            np.save(folder / f"{name}_hours.npy", self.hours[name], allow_pickle=False)
        for name, names in self.names.items():
            (folder / f"{name}_names.json").write_text(json.dumps(names), encoding="utf-8")
        (folder / "index.json").write_text(json.dumps(self.description, indent=2), encoding="utf-8")


def take_snapshot(parameters: MatchParameters, ids: KnownIds, originals: Originals, now_ms: int) -> IndexSnapshot:
    """Return the rows that count at a time; takes milliseconds for an index of any size."""
    first_id, first = ids.find_oldest(now_ms), originals.find_oldest(now_ms)
    revisions = ids.revisions
    first_revision = revisions.find_oldest(now_ms)

    def keep_names(names: Mapping[int, str]) -> Mapping[int, str]:
        return {row - first_id + 1: name for row, name in names.items() if row >= first_id}

    return IndexSnapshot(
        description={
            **_describe(parameters),
            "now_ms": now_ms,
            "known_from": first_id,
            "revision_hashes": list(revisions.hashes),
        },
        names={"known": keep_names(ids.unpacked_ids), "other": keep_names(ids.unpacked_others)},
        hours={
            "known": ids.hours.to_array(now_ms, first_id),
            "originals": originals.hours.to_array(now_ms, first),
            "revisions": revisions.hours.to_array(now_ms, first_revision),
        },
        records={
            "known": ids.rows.read_from(first_id),
            "originals": originals.rows.read_from(first),
            "revisions": revisions.rows.read_from(first_revision),
        },
    )


def read_snapshot(folder: Path, parameters: MatchParameters, ids: KnownIds, originals: Originals) -> int:
    """Fill an empty index from a folder and return its event time in milliseconds.

    Raises PermanentError when the folder holds no snapshot of this version and these parameters, or a damaged one.
    """
    try:
        description = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        for name, value in _describe(parameters).items():
            if description.get(name) != value:
                raise PermanentError(
                    f"the index in {folder.name} has {name} {description.get(name)!r} instead of {value!r}"
                )
        now_ms, offset = int(description["now_ms"]), int(description["known_from"]) - 1
        _read_ids(folder, ids, description["revision_hashes"])
        _read_rows(folder / "originals.npy", originals.rows)
        originals.hours.from_array(np.load(folder / "originals_hours.npy", allow_pickle=False))
        originals.shift_id_rows(offset)
        ids.revisions.shift_id_rows(offset)
        ids.build_table(now_ms)
        originals.build_table()
        return now_ms
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PermanentError(f"the index in {folder.name} cannot be read: {error}") from error


def _read_ids(folder: Path, ids: KnownIds, revision_hashes: Sequence[str | None]) -> None:
    _read_rows(folder / "known.npy", ids.rows)
    ids.hours.from_array(np.load(folder / "known_hours.npy", allow_pickle=False))
    ids.unpacked_ids, ids.unpacked_others = (_read_names(folder / f"{name}_names.json") for name in ("known", "other"))
    revisions = ids.revisions
    revisions.load_hashes(revision_hashes)
    revisions.add_articles(ids.rows.next - 1)
    _read_rows(folder / "revisions.npy", revisions.rows)
    revisions.hours.from_array(np.load(folder / "revisions_hours.npy", allow_pickle=False))


def _read_names(path: Path) -> dict[int, str]:
    names = json.loads(path.read_text(encoding="utf-8"))
    return {int(row): str(name) for row, name in names.items()}


def _describe(parameters: MatchParameters) -> dict[str, Any]:
    return {"version": VERSION, "parameters": parameters.model_dump(mode="json")}


def _write_blocks(path: Path, blocks: Sequence[NDArray[np.uint8]]) -> None:
    """Write all blocks as one array, without a second copy of it in memory."""
    count, size = sum(map(len, blocks)), blocks[0].shape[1]
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (count, size)}
        np.lib.format.write_array_header_1_0(file, header)
        for block in blocks:
            file.write(block.tobytes())


def _read_rows(path: Path, rows: Rows) -> None:
    packed: NDArray[np.uint8] = np.load(path, mmap_mode="r", allow_pickle=False)
    if packed.dtype != np.uint8 or packed.ndim != ARRAY_DIMENSIONS or packed.shape[1] != rows.size:
        raise ValueError(f"{path.name} has the shape {packed.shape} of {packed.dtype}")
    rows.extend(packed)
