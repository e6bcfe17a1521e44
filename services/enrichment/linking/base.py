"""The knowledge base as the linker reads it: names to items. Its files are mapped into memory and never changed."""

from __future__ import annotations

import json
import mmap
from bisect import bisect_left
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from services.enrichment.linking import base_format
from services.enrichment.linking.base_format import NameForm, hash_key, read_manifest, unpack_country
from services.enrichment.links import Item

STARTER: Final = Path(__file__).parent / "starter"
"""Folder of the base in this package."""

MAX_CANDIDATES: Final = 24
"""Maximum number of items of one name that are read, the best known first: the other bearers of a common name would
cost time and never be chosen."""


MEMO_NAMES: Final = 16_384

MEMO_ITEMS: Final = 8_192
"""Maximum numbers of names and of items that are cached in a process: the next article has many of them again."""

FORMS: Final = tuple(NameForm)


class NamedItem(NamedTuple):
    """An item that has a name: its number in the base, and the form of the name."""

    item: int
    form: NameForm


class KnowledgeBase:
    """A knowledge base, read-only. Several processes that open the same folder share its memory."""

    def __init__(self, folder: Path) -> None:
        """Open a base. Raises ConfigurationError if a file is missing, cut, changed or of another format."""
        self.manifest = read_manifest(folder)
        self._items = np.load(folder / base_format.ITEMS, mmap_mode="r")
        self._keys = memoryview(np.load(folder / base_format.KEYS, mmap_mode="r"))
        self._targets = memoryview(np.load(folder / base_format.TARGETS, mmap_mode="r"))
        self._forms = memoryview(np.load(folder / base_format.FORMS, mmap_mode="r"))
        self._find = lru_cache(MEMO_NAMES)(self._find_places)
        self._read = lru_cache(MEMO_ITEMS)(self._decode)
        with (folder / base_format.TEXTS).open("rb") as file:
            self._texts = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def find(self, key: str) -> tuple[NamedItem, ...]:
        """Return the items that have a name, the best known first."""
        return self._find(key)

    def read(self, number: int) -> Item:
        """Return an item by its number in the base."""
        return self._read(number)

    def _find_places(self, key: str) -> tuple[NamedItem, ...]:
        wanted = hash_key(key)
        start = end = bisect_left(self._keys, wanted)
        while end < min(start + MAX_CANDIDATES, len(self._keys)) and self._keys[end] == wanted:
            end += 1
        return tuple([NamedItem(self._targets[place], FORMS[self._forms[place]]) for place in range(start, end)])

    def _decode(self, number: int) -> Item:
        text, length, wikidata, geonames, country, kind, rank = self._items[number].item()
        label, description, identifiers = self._texts[text : text + length].decode().split(base_format.SEPARATOR, 2)
        return Item(
            number=number,
            wikidata=f"Q{wikidata}" if wikidata else None,
            type=base_format.TYPES[kind],
            rank=rank,
            country=unpack_country(country),
            geonames=geonames or None,
            label=label,
            description=description,
            identifiers=json.loads(identifiers) if identifiers else {},
        )

    def has_wikidata(self, number: int) -> bool:
        """Return whether the base has an item with this Wikidata number. It reads all items."""
        return number in self._wikidata_numbers

    @cached_property
    def _wikidata_numbers(self) -> frozenset[int]:
        return frozenset(self._items["wikidata"].tolist())
