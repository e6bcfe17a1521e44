"""A base from a small dump in the form of Wikidata's: items, types, countries, and an interrupted build."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from services.enrichment.linking.base import KnowledgeBase
from services.enrichment.linking.base_format import FILES
from services.enrichment.linking.building.wikidata import build as build_module
from services.enrichment.linking.building.wikidata.build import build_from_dump
from services.enrichment.linking.candidates import NamedEntity
from services.enrichment.linking.linker import Linker
from services.errors import ConfigurationError


def make_item(number: int, label: str, sitelinks: int = 9, **claims: object) -> dict[str, Any]:
    """Return an item of the dump; `claims` are texts, or numbers of items, by their property."""
    return {
        "type": "item",
        "id": f"Q{number}",
        "labels": {"en": {"language": "en", "value": label}, "de": {"language": "de", "value": f"{label}-de"}},
        "descriptions": {"en": {"language": "en", "value": f"a thing called {label}"}},
        "aliases": {"en": [{"language": "en", "value": f"{label} alias"}]},
        "claims": {name: [make_statement(value)] for name, value in claims.items()} or [],
        "sitelinks": {f"w{n}": {"site": f"w{n}", "title": label, "badges": []} for n in range(sitelinks)},
    }


def make_statement(value: object) -> dict[str, Any]:
    """Return a statement with a text or an item as its value."""
    content = {"entity-type": "item", "id": f"Q{value}"} if isinstance(value, int) else value
    return {"mainsnak": {"snaktype": "value", "datavalue": {"value": content, "type": "any"}}, "rank": "normal"}


def list_items() -> list[Mapping[str, Any]]:
    """List the items of a small dump, classes after the items that use them."""
    company = make_item(20, "Tarn Motors", P31=30, P946="US0000000001", P17=10)
    company["claims"]["P414"] = [
        {**make_statement(13677), "qualifiers": {"P249": [make_statement("TARN")["mainsnak"]]}}
    ]
    return [
        make_item(10, "Oceana", 40, P31=6256, P297="OC", P1549={"text": "Oceanan", "language": "en"}),
        make_item(11, "Ottava", P31=31, P17=10, P1566="77"),
        make_item(12, "Ina Quill", P31=5, P27=10),
        company,
        make_item(21, "Unknown Thing"),
        make_item(22, "Too little known", 2, P31=5),
        make_item(30, "car maker", 0, P279=4830453),
        make_item(31, "harbour town", 0, P279=515),
        {"type": "property", "id": "P31", "labels": {"en": {"language": "en", "value": "instance of"}}},
    ]


def write_dump(path: Path) -> Path:
    """Write the dump as Wikidata does: an array with an item on each line."""
    lines = ",\n".join(json.dumps(item, separators=(",", ":")) for item in list_items())
    with gzip.open(path, "wt") as file:
        file.write(f"[\n{lines},\n{{broken\n]\n")
    return path


def build(dump: Path, folder: Path, languages: tuple[str, ...] = ("en",)) -> KnowledgeBase:
    """Build a base from a dump and open it."""
    build_from_dump(dump, folder, languages=languages, min_sitelinks=3, on_progress=lambda _lines, _items: None)
    return KnowledgeBase(folder)


def test_items_of_a_dump(tmp_path: Path) -> None:
    """Items have type, country, rank and identifiers, and those with too few sitelinks are left out."""
    base = build(write_dump(tmp_path / "dump.json.gz"), tmp_path / "base", ("en", "de"))

    items = {item.label: item for item in map(base.read, range(base.manifest.items))}
    assert {label: (item.type, item.country) for label, item in items.items()} == {
        "Oceana": ("LOC", "OC"),
        "Ottava": ("LOC", "OC"),
        "Ina Quill": ("PER", "OC"),
        "Tarn Motors": ("ORG", "OC"),
        "Unknown Thing": (None, None),
    }
    assert items["Ottava"].geonames == 77
    assert items["Tarn Motors"].identifiers == {"isin": "US0000000001", "ticker": ["NYSE:TARN"]}
    assert items["Oceana"].rank > items["Ottava"].rank
    assert base.find("ina quill de")
    links = Linker(base).link([NamedEntity("PER", ("Ina Quill",)), NamedEntity("LOC", ("Oceana",))], "")
    assert [link.item.wikidata if link.item else None for link in links] == ["Q12", "Q10"]
    (demonym,) = Linker(base).link([NamedEntity("MISC", ("Oceanan",))], "")
    assert demonym.relation == "demonym"


def test_an_interrupted_build_continues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that was stopped continues from the noted line, and its base has the same bytes."""
    dump = write_dump(tmp_path / "dump.json.gz")
    build(dump, tmp_path / "whole")
    monkeypatch.setattr(build_module, "NOTED_LINES", 2)
    seen: list[int] = []

    def stop(line: int, _: int) -> None:
        seen.append(line)
        if line == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_from_dump(dump, tmp_path / "cut", languages=("en",), min_sitelinks=3, on_progress=stop)
    build_from_dump(dump, tmp_path / "cut", languages=("en",), min_sitelinks=3, on_progress=stop)

    assert seen[:3] == [2, 4, 6]
    for name in FILES:
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not (tmp_path / "cut" / "progress.json").exists()


def test_half_a_dump_is_an_error(tmp_path: Path) -> None:
    """A dump that ends early is an error that names it, and not a small base."""
    dump = write_dump(tmp_path / "dump.json.gz")
    dump.write_bytes(dump.read_bytes()[:-40])

    with pytest.raises(ConfigurationError, match=r"dump\.json\.gz"):
        build(dump, tmp_path / "base")


def test_a_dump_without_items_is_an_error(tmp_path: Path) -> None:
    """A file that has no item is an error."""
    (tmp_path / "dump.json").write_text("[\n]\n")

    with pytest.raises(ConfigurationError, match="has no item"):
        build(tmp_path / "dump.json", tmp_path / "base")
