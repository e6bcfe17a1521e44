"""Building of a base from a dump: the pass over the dump, and the files of the base from what it left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from services.enrichment.linking import base_format
from services.enrichment.linking.building.wikidata.classes import find_class_types
from services.enrichment.linking.building.wikidata.dump import is_wanted, read_lines
from services.enrichment.linking.building.wikidata.records import parse_item
from services.enrichment.linking.building.wikidata.spool import DRAFT_DTYPE, PARTS, Spool
from services.enrichment.linking.building.writer import NAME_DTYPE, NAME_FILES, sort_names
from services.errors import ConfigurationError

NAME: Final = "wikidata"

NOTED_LINES: Final = 200_000
"""Number of lines after which the state is noted: an interrupted build reads at most these again."""

CHUNK: Final = 500_000
"""Number of items that are completed at once."""

OnProgress = Callable[[int, int], None]
"""Function that gets the numbers of lines read and of items so far."""


def build_from_dump(
    dump: Path, folder: Path, *, languages: Sequence[str], min_sitelinks: int, on_progress: OnProgress
) -> str:
    """Build a base from a dump into a folder, and return the base's version.

    An interrupted build continues from the last noted line, if dump and options are the same. Raises
    ConfigurationError if the dump cannot be read or has no item.
    """
    try:
        size = dump.stat().st_size
    except OSError as error:
        raise ConfigurationError(f"cannot read {dump}: {error.strerror}") from error
    options = {"languages": [*languages], "min_sitelinks": min_sitelinks}
    with closing(Spool(folder, {"dump": dump.name, "bytes": size, **options})) as spool:
        _read_dump(dump, spool, languages, min_sitelinks, on_progress)
    if not spool.items:
        raise ConfigurationError(f"{dump} has no item with {min_sitelinks} sitelinks and a label in {languages}")
    ranks = _write_items(spool, folder)
    names = _write_names(spool, folder, ranks)
    spool.remove()
    source = {"name": "Wikidata", "origin": dump.name, "licence": "CC0-1.0", **options}
    return base_format.write_manifest(
        folder, name=NAME, counts=(spool.items, names), languages=languages, sources=[source]
    )


def _read_dump(dump: Path, spool: Spool, languages: Sequence[str], min_sitelinks: int, on_progress: OnProgress) -> None:
    """Read the dump after the line that was noted last, and note the last line."""
    line = spool.line
    for line, content in read_lines(dump, spool.line):
        if is_wanted(content, min_sitelinks):
            parsed = parse_item(content, languages)
            if parsed is not None:
                spool.add(parsed, is_listed=parsed.sitelinks >= min_sitelinks)
        if line % NOTED_LINES == 0:
            spool.note(line)
            on_progress(line, spool.items)
    spool.note(line)
    on_progress(line, spool.items)


def _write_items(spool: Spool, folder: Path) -> npt.NDArray[np.uint8]:
    """Write the items with their types and countries, and return their ranks."""
    edges = spool.read("classes", "<u4").reshape(-1, 2)
    types = find_class_types(edges[:, 0], edges[:, 1])
    countries = dict(spool.read("countries", "<u4").reshape(-1, 2).tolist())
    drafts = np.memmap(folder / "drafts", DRAFT_DTYPE, "r")
    items = np.lib.format.open_memmap(
        folder / base_format.ITEMS, "w+", dtype=base_format.ITEM_DTYPE, shape=(len(drafts),)
    )
    for start in range(0, len(drafts), CHUNK):
        part = drafts[start : start + CHUNK]
        done = part["item"].copy()
        done["type"] = [
            _choose_type(*each, types=types) for each in zip(part["item"]["type"], part["classes"], strict=True)
        ]
        own = zip(done["wikidata"].tolist(), part["country"].tolist(), strict=True)
        done["country"] = [countries.get(number, countries.get(country, 0)) for number, country in own]
        done["rank"] = np.where(np.isin(done["wikidata"], [*countries]), base_format.COUNTRY_RANK, done["rank"])
        items[start : start + CHUNK] = done
    items.flush()
    return np.array(items["rank"])


def _choose_type(known: int, classes: npt.NDArray[np.uint32], types: Mapping[int, int]) -> int:
    """Return the index of an item's type: of its first class that has one, else MISC, or None without a class."""
    if known:
        return int(known)
    listed = [number for number in classes.tolist() if number]
    found = next((types[number] for number in listed if number in types), None)
    if found is not None:
        return found
    return base_format.TYPES.index("MISC") if listed else 0


def _write_names(spool: Spool, folder: Path, ranks: npt.NDArray[np.uint8]) -> int:
    """Write the names in the order of their hashes and ranks, part by part, and return their number."""
    total = sum((folder / f"names-{part}").stat().st_size for part in range(PARTS)) // NAME_DTYPE.itemsize
    columns: dict[str, Any] = {
        column: np.lib.format.open_memmap(folder / file, "w+", dtype=NAME_DTYPE[column], shape=(total,))
        for column, file in NAME_FILES.items()
    }
    start = 0
    for part in range(PARTS):
        names = spool.read(f"names-{part}", NAME_DTYPE)
        names = sort_names(names, ranks)
        for column, written in columns.items():
            written[start : start + len(names)] = names[column]
        start += len(names)
    for written in columns.values():
        written.flush()
    return total
