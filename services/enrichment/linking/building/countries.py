"""Rules of the starter base about the countries of items and the names that several countries share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from services.enrichment.linking.base_format import COUNTRY_RANK, NameForm
from services.enrichment.linking.building.writer import DraftItem
from services.enrichment.linking.name_keys import make_name_key

OTHER_CODES: Final = {"FX": "FR"}
"""Codes of a part of a country that a source has for the country: FX is France without its overseas regions."""

MIN_COUNTRIES: Final = 2
"""Number of countries from which the name of a body is generic: several have a Senate."""

MAX_COUNTRY_WORDS: Final = 4
"""Words of the longest name of a country that is looked for in other names."""

MIN_KNOWN_RANK: Final = 150
"""Rank from which a region is as usual a meaning of a name as a country, and a body has its name before all others."""

BETTER_KNOWN: Final = 1.5
"""Times as well known as a province from which its town has the short name: Turin, but not Quebec."""

PROVINCE_WORDS: Final = frozenset({"province", "prefecture", "governorate", "oblast", "voivodeship"})
"""Kinds of region in the full name of a region that is called by its town."""

SHORT_NAMES: Final = frozenset({"us", "usa", "uk", "uae"})
"""Names of countries in letters that English texts use; other codes are also words, such as "la", or forms of clubs."""

MAX_CODE: Final = 3
"""Letters of the longest code of a country."""

_LINK_WORDS: Final = frozenset({"of", "the"})


class CountryNames:
    """Names of countries with their demonyms, as keys."""

    def __init__(self, items: Mapping[int, DraftItem]) -> None:
        """Read the names of the countries among the items."""
        self._countries: dict[str, str] = {}
        # Georgia is also a state of the United States: such a name alone does not say which is meant.
        others = {make_name_key(item.label) for item in items.values() if _is_known_region(item)}
        for item in items.values():
            if item.rank == COUNTRY_RANK and item.country:
                for name in item.names:
                    key = make_name_key(name)
                    if key in SHORT_NAMES or (len(key) > MAX_CODE and key not in others):
                        self._countries.setdefault(key, item.country)

    def find(self, key: str) -> Iterator[tuple[str, str]]:
        """Yield the country that a name begins or ends with and the rest: French Senate, Senate of France."""
        words = key.split()
        for length in range(1, min(MAX_COUNTRY_WORDS, len(words) - 1) + 1):
            if country := self._countries.get(" ".join(words[:length])):
                rest = words[length:]
                if rest[0] != "of":
                    yield country, " ".join(rest)
            if country := self._countries.get(" ".join(words[-length:])):
                rest = words[:-length]
                linked = len(rest)
                while rest and rest[-1] in _LINK_WORDS:
                    rest.pop()
                if rest and len(rest) < linked:
                    yield country, " ".join(rest)

    def has(self, key: str, country: str) -> bool:
        """Return whether a name has one of the country's names in it."""
        words = key.split()
        return any(
            self._countries.get(" ".join(words[start : start + length])) == country
            for start in range(len(words))
            for length in range(1, MAX_COUNTRY_WORDS + 1)
        )


def _is_known_region(item: DraftItem) -> bool:
    return item.type == "LOC" and MIN_KNOWN_RANK <= item.rank < COUNTRY_RANK


def correct_countries(items: Mapping[int, DraftItem], places: list[DraftItem]) -> None:
    """Remove the countries that only the letters of a code say, and add those that names of bodies say.

    "La" is no evidence for Laos, and "St" none for São Tomé: the sources of clubs and of well-known organisations know
    no countries. The name of the country or of a place in it is evidence.
    """
    names = CountryNames(items)
    towns = {(place.country, make_name_key(name)) for place in places for name in place.names}
    for item in items.values():
        item.country = OTHER_CODES.get(item.country, item.country)
        if item.rank == COUNTRY_RANK or item.type == "LOC":
            continue
        keys = [make_name_key(name) for name in item.names]
        if item.country and not item.description and not _is_supported(item.country, keys, names, towns):
            item.country = ""
        if not item.country and item.type == "ORG":
            item.country = _find_own_country(keys, names)


def _is_supported(country: str, keys: list[str], names: CountryNames, towns: set[tuple[str, str]]) -> bool:
    """Return whether more than the letters of the code says that an item with these names is of a country."""
    code = country.lower()
    if not any(code in key.split() for key in keys):
        return True
    return any(
        names.has(key, country) or any((country, part) in towns for part in _list_parts(key.split(), code))
        for key in keys
    )


def _list_parts(words: list[str], code: str) -> Iterator[str]:
    """Yield the parts of a name that may be a place, without the letters of the code alone."""
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            part = " ".join(words[start:end])
            if part != code:
                yield part


def _find_own_country(keys: list[str], names: CountryNames) -> str:
    """Return the country of a body that also has its name without the country: the Senate of Australia."""
    own = {*keys}
    found = {country for key in keys for country, rest in names.find(key) if rest in own}
    return found.pop() if len(found) == 1 else ""


def mark_shared_names(items: Mapping[int, DraftItem]) -> None:
    """Mark the names of bodies that several countries have, without the country: National Assembly.

    A listed company is no such body. A very well known body keeps its name, as the Supreme Court of the United States.
    """
    names = CountryNames(items)
    bodies: dict[str, set[str]] = defaultdict(set)
    rests: dict[int, set[str]] = {}
    for number, item in items.items():
        if item.type == "ORG" and "isin" not in item.identifiers:
            found = [pair for name in item.names for pair in names.find(make_name_key(name))]
            rests[number] = {rest for country, rest in found if country == item.country}
            for country, rest in found:
                bodies[rest].add(country)
    for number, own in rests.items():
        item = items[number]
        if item.rank >= MIN_KNOWN_RANK:
            continue
        for name, form in item.names.items():
            key = make_name_key(name)
            if key in own and len(bodies[key]) >= MIN_COUNTRIES and form is not NameForm.DEMONYM:
                item.names[name] = NameForm.GENERIC


def separate_provinces(items: Mapping[int, DraftItem]) -> None:
    """Give a province that is called by a better known town its full name as label: the Province of Turin."""
    towns: dict[str, int] = defaultdict(int)
    for item in items.values():
        if item.type == "LOC" and item.geonames:
            key = make_name_key(item.label)
            towns[key] = max(towns[key], item.rank)
    for item in items.values():
        key = make_name_key(item.label)
        if item.geonames or item.type in ("PER", "ORG") or item.rank * BETTER_KNOWN >= towns.get(key, 0):
            continue
        full = sorted(
            name
            for name in item.names
            if (rest := {*make_name_key(name).split()} - {*key.split()}) & PROVINCE_WORDS
            and rest <= PROVINCE_WORDS | _LINK_WORDS
        )
        if full:
            item.names = {
                name: NameForm.SHORT if make_name_key(name) == key else form for name, form in item.names.items()
            }
            item.label, item.type = full[0], "LOC"
            item.names[full[0]] = NameForm.LABEL
