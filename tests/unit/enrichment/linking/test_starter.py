"""The base of this package: well-known places are one item each, and first names name no one."""

from __future__ import annotations

import pytest

from services.enrichment.linking.base import STARTER, KnowledgeBase
from services.enrichment.linking.candidates import NamedEntity
from services.enrichment.linking.linker import Linker


@pytest.fixture(scope="module")
def linker() -> Linker:
    """A linker to the base of this package."""
    return Linker(KnowledgeBase(STARTER))


@pytest.mark.parametrize(
    ("name", "wikidata", "country"),
    [
        ("Boise", "Q35775", "US"),
        ("Edinburgh", "Q23436", "GB"),
        ("Idaho", "Q1221", "US"),
        ("Kyoto", "Q34600", "JP"),
        ("Leiden", "Q43631", "NL"),
        ("Scotland", "Q22", "GB"),
        ("Seville", "Q8717", "ES"),
    ],
)
def test_a_well_known_place_is_one_item(linker: Linker, name: str, wikidata: str, country: str) -> None:
    """Its name alone is enough for a link, because no second item of the same place competes with it."""
    (found,) = linker.link([NamedEntity("LOC", (name,))], f"They met in {name} on Monday.")
    assert found.item is not None
    assert (found.item.wikidata, found.item.country, found.item.type) == (wikidata, country, "LOC")


@pytest.mark.parametrize("name", ["Dante", "Leo", "Oliver", "Sarah"])
def test_a_first_name_alone_has_no_link(linker: Linker, name: str) -> None:
    """A first name names any person who bears it."""
    (found,) = linker.link([NamedEntity("PER", (name,))], f"{name} said so.")
    assert found.item is None
