"""Items of a dump: what a base needs of their JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from services.enrichment.entities.names.tickers import make_ticker_name
from services.enrichment.linking.base_format import COUNTRY_RANK, NameForm
from services.enrichment.linking.building.writer import DraftItem

HUMAN: Final = 5
"""Number of the class of humans."""

RANK_PER_DOUBLING: Final = 30
"""Number that each doubling of the sitelinks adds to the rank: 300 sitelinks have the rank 247."""

HIGHEST_RANK: Final = COUNTRY_RANK - 1
"""Highest rank of an item that is no country."""

EXCHANGES: Final[Mapping[int, str]] = {
    13677: "NYSE",
    82059: "NASDAQ",
    171240: "LSE",
    217475: "TSE",
    496672: "HKEX",
    151139: "XETRA",
    2385849: "Euronext",
    732670: "ASX",
    739514: "SSE",
    517750: "SZSE",
    118233: "BSE_IN",
    638740: "NSE_IN",
    495372: "KRX",
    1019992: "STO",
    661834: "SIX",
}
"""Stock exchanges by the numbers of their Wikidata ids."""

MULTILINGUAL: Final = "mul"
"""Language code of labels that hold for all languages."""


class Text(msgspec.Struct):
    """A label, an alias or a description."""

    value: str


class DataValue(msgspec.Struct):
    """A value of a statement."""

    value: Any = None


class Snak(msgspec.Struct):
    """A property with its value; without a value if the value is unknown."""

    datavalue: DataValue | None = None


class Statement(msgspec.Struct):
    """A statement with its rank and its qualifiers."""

    mainsnak: Snak
    rank: str = "normal"
    qualifiers: dict[str, list[Snak]] | list[Any] = msgspec.field(default_factory=dict)


class RawItem(msgspec.Struct):
    """An item of the dump. An empty mapping is a list there."""

    id: str = ""
    labels: dict[str, Text] | list[Any] = msgspec.field(default_factory=dict)
    aliases: dict[str, list[Text]] | list[Any] = msgspec.field(default_factory=dict)
    descriptions: dict[str, Text] | list[Any] = msgspec.field(default_factory=dict)
    claims: dict[str, msgspec.Raw] | list[Any] = msgspec.field(default_factory=dict)
    sitelinks: dict[str, msgspec.Raw] | list[Any] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParsedItem:
    """An item with its classes and its country, by the numbers of their ids; `draft` is None without a name."""

    number: int
    classes: Sequence[int]
    parents: Sequence[int]
    country: int
    code: str
    sitelinks: int
    draft: DraftItem | None


_ITEMS = msgspec.json.Decoder(RawItem)
_STATEMENTS = msgspec.json.Decoder(list[Statement])


def parse_item(line: bytes, languages: Sequence[str]) -> ParsedItem | None:
    """Parse a line of the dump; None if it is no item, such as a property or a damaged line."""
    try:
        raw = _ITEMS.decode(line)
        if not (raw.id.startswith("Q") and raw.id[1:].isdigit()):
            return None
        claims = _Claims(raw.claims if isinstance(raw.claims, dict) else {})
        number, code = int(raw.id[1:]), claims.first_text("P297")
        return ParsedItem(
            number=number,
            classes=claims.ids("P31")[:4],
            parents=claims.ids("P279"),
            country=next(iter([*claims.ids("P17"), *claims.ids("P27"), *claims.ids("P495")]), 0),
            code=code if len(code) == len("KE") and code.isascii() and code.isupper() else "",
            sitelinks=len(raw.sitelinks),
            draft=_draft(raw, number, claims, languages),
        )
    except (msgspec.DecodeError, msgspec.ValidationError, ValueError, OverflowError):
        return None


class _Claims:
    """The statements of an item, decoded when they are needed."""

    def __init__(self, raw: Mapping[str, msgspec.Raw]) -> None:
        self._raw = raw

    def find(self, name: str) -> list[Statement]:
        """Return the statements of a property, the preferred ones first, without deprecated ones."""
        found = (
            [one for one in _STATEMENTS.decode(self._raw[name]) if one.rank != "deprecated"]
            if name in self._raw
            else []
        )
        return sorted(found, key=lambda one: one.rank != "preferred")

    def ids(self, name: str) -> list[int]:
        """Return the numbers of the items that a property names."""
        return [number for one in self.find(name) if (number := _read_id(one.mainsnak))]

    def first_text(self, name: str) -> str:
        """Return the first text of a property; empty without one."""
        return next((text for one in self.find(name) if (text := _read_text(one.mainsnak))), "")

    def demonyms(self, languages: Sequence[str]) -> Iterator[str]:
        """Yield the words for what is of a place, and its people, in some languages."""
        for one in self.find("P1549"):
            value = one.mainsnak.datavalue.value if one.mainsnak.datavalue else None
            if isinstance(value, dict) and value.get("language") in languages and isinstance(value.get("text"), str):
                yield value["text"]

    def tickers(self) -> Iterator[tuple[str, str]]:
        """Yield the exchanges and tickers of a company."""
        for one in self.find("P414"):
            exchange = EXCHANGES.get(_read_id(one.mainsnak))
            snaks = one.qualifiers.get("P249", []) if isinstance(one.qualifiers, dict) else []
            for snak in snaks if exchange else []:
                if symbol := _read_text(snak):
                    yield str(exchange), symbol


def _read_id(snak: Snak) -> int:
    value = snak.datavalue.value if snak.datavalue else None
    found = value.get("id", "") if isinstance(value, dict) else ""
    return int(found[1:]) if isinstance(found, str) and found[:1] == "Q" and found[1:].isdigit() else 0


def _read_text(snak: Snak) -> str:
    value = snak.datavalue.value if snak.datavalue else None
    return value.strip() if isinstance(value, str) else ""


def _draft(raw: RawItem, number: int, claims: _Claims, languages: Sequence[str]) -> DraftItem | None:
    labels = raw.labels if isinstance(raw.labels, dict) else {}
    aliases = raw.aliases if isinstance(raw.aliases, dict) else {}
    chosen = [language for language in (*languages, MULTILINGUAL) if language in labels]
    if not chosen:
        return None
    descriptions = raw.descriptions if isinstance(raw.descriptions, dict) else {}
    label = labels[chosen[0]].value
    names = {label: NameForm.LABEL}
    for language in chosen:
        names.setdefault(labels[language].value, NameForm.ALIAS)
    for language in (*languages, MULTILINGUAL):
        for alias in aliases.get(language, ()):
            names.setdefault(alias.value, NameForm.ALIAS)
    item = DraftItem(label, "PER" if HUMAN in claims.ids("P31") else None, _rank(len(raw.sitelinks)), number)
    for demonym in claims.demonyms(languages):
        names.setdefault(demonym, NameForm.DEMONYM)
    item.names = names
    item.description = next((descriptions[each].value for each in languages if each in descriptions), "")
    item.geonames = int(text) if (text := claims.first_text("P1566")).isdigit() else 0
    ids = {"isin": "P946", "lei": "P1278", "ror": "P6782"}
    item.identifiers = {name: text for name, each in ids.items() if (text := claims.first_text(each))}
    tickers = sorted(set(claims.tickers()))
    if tickers:
        item.identifiers["ticker"] = [f"{exchange}:{symbol}" for exchange, symbol in tickers]
        item.names |= {make_ticker_name(*ticker): NameForm.ALIAS for ticker in tickers}
    return item


def _rank(sitelinks: int) -> int:
    return min(HIGHEST_RANK, round(RANK_PER_DOUBLING * math.log2(1 + sitelinks)))
