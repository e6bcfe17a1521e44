"""Builder of the starter base from tables of open sources, which `inputs/inputs.json` pins by SHA-256."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any, Final

from services.enrichment.linking.base_format import COUNTRY_RANK, NameForm, digest_file
from services.enrichment.linking.building.companies import add_companies
from services.enrichment.linking.building.countries import correct_countries, mark_shared_names, separate_provinces
from services.enrichment.linking.building.writer import DraftItem, write_base
from services.enrichment.linking.name_keys import make_name_key
from services.errors import ConfigurationError

INPUTS: Final = Path(__file__).parent / "inputs"
"""Folder of the pinned tables."""

PINS: Final = "inputs.json"
"""File that names each table with its SHA-256, source and licence."""

NAME: Final = "copydesk-starter"

PLACE_RANKS: Final = ((1_000_000, 150), (300_000, 120), (100_000, 90), (50_000, 60), (0, 30))
"""Minimum number of inhabitants of a place and the rank of a place of that size."""

MIN_NAME: Final = 2
"""Minimum number of characters of a name: a single letter names nothing."""

MAX_DESCRIPTION: Final = 64
"""Maximum number of characters of a description, of which whole words are kept: its end says little more."""

DESCRIBED_RANK: Final = 70
"""Minimum rank of an item whose description the base has, so that little known items take less room."""

UNIONS: Final = frozenset({"EU", "UN"})
"""Codes of the table of countries that are no countries."""

MIN_POPULATION: Final = 20_000
"""Inhabitants of the smallest place that the base has from GeoNames alone."""

COMMON_WORD: Final = 25
"""Number of names of organisations from which a word in them is common."""

KNOWN_RANK: Final = 150
"""Rank from which an organisation has its name before all others of that name: General Electric."""

MAX_CODE: Final = 3
"""Letters of the longest code of a country, which texts do not use as its name."""

Row = dict[str, str]


def build_starter(folder: Path, inputs: Path = INPUTS) -> str:
    """Build the starter base into a folder, and return its version. The same tables give the same bytes.

    Raises ConfigurationError if a table is missing or is not the pinned one.
    """
    sources = check_inputs(inputs)
    items = _read_items(inputs)
    _add_names(inputs, items)
    _add_demonyms(inputs, items)
    places = _read_places(inputs)
    correct_countries(items, places)
    separate_provinces(items)
    _add_names_without_country(items)
    drafts = [items[number] for number in sorted(items)]
    drafts += add_companies(_read(inputs, "tickers"), drafts)
    _mark_generic_names(items)
    mark_shared_names(items)
    drafts += places
    return write_base(folder, drafts, name=NAME, languages=("en",), sources=sources)


def check_inputs(inputs: Path) -> Sequence[Mapping[str, Any]]:
    """Return the sources of the tables. Raises ConfigurationError naming a table that is missing or another one."""
    path = inputs / PINS
    try:
        pins = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"cannot read {path}: {error}; the inputs are in the repository, not in the wheel"
        ) from error
    for name, digest in pins["tables"].items():
        table = inputs / name
        if not table.is_file() or digest_file(table) != digest:
            raise ConfigurationError(f"{table} is missing or is not the pinned table of sha256 {digest}")
    return tuple(pins["sources"])


def _read(inputs: Path, table: str) -> Iterator[Row]:
    with gzip.open(inputs / f"{table}.tsv.gz") as file:
        yield from csv.DictReader(io.TextIOWrapper(file, "utf-8", newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)


def _read_items(inputs: Path) -> dict[int, DraftItem]:
    items = {}
    for row in _read(inputs, "facts"):
        number = int(row["qid"][1:])
        rank = int(row["rank"])
        items[number] = DraftItem(
            label=row["label"],
            type="ORG" if row["country"] in UNIONS else row["type"] or None,
            rank=rank,
            wikidata=number,
            geonames=int(row["geonames"] or 0),
            country="" if row["country"] in UNIONS else row["country"],
            description=shorten(row["description"], MAX_DESCRIPTION, placeholder="") if rank >= DESCRIBED_RANK else "",
            names={row["label"]: NameForm.LABEL},
        )
    return items


def _add_names(inputs: Path, items: Mapping[int, DraftItem]) -> None:
    for table in ("names", "usual"):
        for row in _read(inputs, table):
            item = items.get(int(row["qid"][1:]))
            name = row["name"].strip()
            if item is None or len(name) < MIN_NAME or (row.get("source") == "country" and _is_code(name)):
                continue
            item.names.setdefault(name, NameForm.ALIAS)


def _is_code(name: str) -> bool:
    return name.isupper() and len(name) <= MAX_CODE


def _add_demonyms(inputs: Path, items: Mapping[int, DraftItem]) -> None:
    countries = {row["country"]: items[int(row["qid"][1:])] for row in _read(inputs, "countries")}
    # The country of a code may be a kingdom that contains it; texts mean the country: the Dutch are of the Netherlands.
    countries |= {item.country: item for item in items.values() if item.country and item.rank == COUNTRY_RANK}
    for row in _read(inputs, "demonyms"):
        item = countries.get(row["country"])
        if item is None:
            continue
        own = {make_name_key(name) for name in item.names}
        for word in _list_demonyms(row["demonym"]):
            if make_name_key(word) not in own:
                item.names[word] = NameForm.DEMONYM


def _add_names_without_country(items: Mapping[int, DraftItem]) -> None:
    """Add the names of organisations without the country that they begin with: the U.S. Department of Justice."""
    country_names = {
        make_name_key(name): item.country
        for item in items.values()
        if item.rank == COUNTRY_RANK and item.country
        for name, form in item.names.items()
    }
    countries = {*country_names.values()}
    for item in items.values():
        if item.type != "ORG" or item.country not in countries:
            continue
        for name in [*item.names]:
            words = make_name_key(name).split()
            for length in (1, 2):
                rest = words[length:]
                if len(rest) > 1 and rest[0] != "of" and country_names.get(" ".join(words[:length])) == item.country:
                    item.names.setdefault(" ".join(rest), NameForm.SHORT)


def _mark_generic_names(items: Mapping[int, DraftItem]) -> None:
    """Mark the names of little known organisations whose words are all common in names of organisations.

    The base has few of the bodies with such a name, so that having only one of them is no evidence for it. A listed
    company, and a name that has the country in it, are no such cases: Bank of France.
    """
    organisations = [item for item in items.values() if item.type == "ORG"]
    words_of = {name: make_name_key(name).split() for item in organisations for name in item.names}
    counts = Counter(word for words in words_of.values() for word in {*words})
    national: dict[str, set[str]] = defaultdict(set)
    for item in items.values():
        if item.rank == COUNTRY_RANK:
            national[item.country] |= {word for name in item.names for word in make_name_key(name).split()}
    for item in organisations:
        if not item.country or item.rank >= KNOWN_RANK or "isin" in item.identifiers:
            continue
        for name, form in item.names.items():
            words = words_of[name]
            is_common = len(words) > 1 and all(counts[word] >= COMMON_WORD for word in words)
            if is_common and form is not NameForm.DEMONYM and not national[item.country] & {*words}:
                item.names[name] = NameForm.GENERIC


def _list_demonyms(word: str) -> Iterator[str]:
    """Yield a demonym and its plural, where English has a regular one: Kenyan, Kenyans, but not Chinese."""
    yield word
    if word.endswith(("n", "i")):
        yield f"{word}s"


def _read_places(inputs: Path) -> list[DraftItem]:
    places = []
    for row in _read(inputs, "places"):
        population = int(row["population"] or 0)
        if population < MIN_POPULATION:
            continue
        names = {row["name"]: NameForm.LABEL}
        if row["ascii"]:
            names.setdefault(row["ascii"], NameForm.ALIAS)
        rank = next(rank for least, rank in PLACE_RANKS if population >= least)
        place = DraftItem(row["name"], "LOC", rank, 0, int(row["geonames"]), row["country"], row["admin1"])
        place.names = names
        places.append(place)
    return places
