"""The starter base takes countries from names of countries and places, and not from the letters of codes."""

from __future__ import annotations

import pytest

from services.enrichment.linking.base_format import COUNTRY_RANK, NameForm
from services.enrichment.linking.building.countries import correct_countries, mark_shared_names, separate_provinces
from services.enrichment.linking.building.writer import DraftItem


def build_item(label: str, *names: str, kind: str = "ORG", country: str = "", rank: int = 100) -> DraftItem:
    """An item with a label and other names."""
    item = DraftItem(label=label, type=kind, rank=rank, wikidata=1, geonames=0, country=country)
    item.names = dict.fromkeys(names, NameForm.ALIAS) | {label: NameForm.LABEL}
    return item


@pytest.fixture
def countries() -> dict[int, DraftItem]:
    """Two countries."""
    return {
        1: build_item("Morocco", "MA", "Moroccan", kind="LOC", country="MA", rank=COUNTRY_RANK),
        2: build_item("Peru", "PE", "Peruvian", kind="LOC", country="PE", rank=COUNTRY_RANK),
    }


@pytest.mark.parametrize(
    ("label", "country"),
    [("Ma Kwan Rovers", ""), ("MA Morocco Stars", "MA"), ("MA Oujda", "MA"), ("Atlas Rovers", "MA")],
    ids=["letters", "name-of-the-country", "town", "other-evidence"],
)
def test_letters_are_no_country(countries: dict[int, DraftItem], label: str, country: str) -> None:
    """The letters of a code in a name give no country, unless the name also has the country or a place in it."""
    item = build_item(label, country="MA")
    correct_countries({**countries, 9: item}, [build_item("Oujda", kind="LOC", country="MA")])
    assert item.country == country


def test_a_body_is_of_the_country_in_its_longer_name(countries: dict[int, DraftItem]) -> None:
    """A body that is also called without the country is of that country; others get none."""
    body, other = build_item("Upper House", "Upper House of Peru"), build_item("Peruvian Airways")
    correct_countries({**countries, 8: body, 9: other}, [])
    assert (body.country, other.country) == ("PE", "")


def test_a_name_that_two_countries_have_is_generic(countries: dict[int, DraftItem]) -> None:
    """The name without the country is generic if two countries have such bodies; a very well known body keeps it."""
    bodies = {
        8: build_item("Upper House", "Upper House of Peru", country="PE"),
        9: build_item("Moroccan Upper House", "Upper House", country="MA"),
        10: build_item("Tide Office", "Peruvian Tide Office", country="PE"),
        11: build_item("Reform House", "Upper House", "Moroccan Upper House", country="MA", rank=170),
    }
    mark_shared_names({**countries, **bodies})
    generic = {
        (number, name)
        for number, body in bodies.items()
        for name, form in body.names.items()
        if form is NameForm.GENERIC
    }
    assert generic == {(8, "Upper House"), (9, "Upper House")}


@pytest.mark.parametrize(
    ("rank", "label"), [(60, "Province of Oujda"), (90, "Oujda"), (190, "Oujda")], ids=["less", "as-well", "better"]
)
def test_a_province_is_not_its_better_known_town(rank: int, label: str) -> None:
    """A province has its full name as label if a better known town has the short one."""
    town, province = build_item("Oujda", kind="LOC"), build_item("Oujda", "Province of Oujda", kind="LOC", rank=rank)
    town.geonames = 5
    separate_provinces({1: town, 2: province})
    assert (province.label, province.names["Oujda"] is NameForm.SHORT) == (label, label != "Oujda")
