"""The base of this package: well-known places are one item each, and first names name no one."""

from __future__ import annotations

import pytest

from services.enrichment.encoder import EntityType
from services.enrichment.linking.base import STARTER, KnowledgeBase
from services.enrichment.linking.candidates import NamedEntity
from services.enrichment.linking.linker import CERTAIN, Linker
from services.enrichment.links import MentionedEntity, Place


@pytest.fixture(scope="module")
def linker() -> Linker:
    """A linker to the base of this package."""
    return Linker(KnowledgeBase(STARTER))


@pytest.mark.parametrize(
    ("name", "wikidata", "country"),
    [
        ("Athens", "Q1524", "GR"),
        ("Boise", "Q35775", "US"),
        ("Darwin", "Q11568", "AU"),
        ("Edinburgh", "Q23436", "GB"),
        ("Idaho", "Q1221", "US"),
        ("Kiel", "Q1707", "DE"),
        ("Kyoto", "Q34600", "JP"),
        ("Leiden", "Q43631", "NL"),
        ("Wolverhampton", "Q126269", "GB"),
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


@pytest.mark.parametrize(
    ("kind", "names", "wikidata"),
    [
        ("LOC", ("North Carolina", "N.C."), "Q1454"),
        ("ORG", ("Reserve Bank of India", "RBI"), "Q944085"),
        ("ORG", ("World Health Organisation", "WHO"), "Q7817"),
        ("ORG", ("European Space Research Guild", "ESRG"), None),
    ],
    ids=["country-code", "shared-initials", "british-spelling", "unknown"],
)
def test_the_long_name_decides(linker: Linker, kind: EntityType, names: tuple[str, ...], wikidata: str | None) -> None:
    """Initials and codes of other items take no link away from a long name, and are no candidates without it."""
    (found,) = linker.link([NamedEntity(kind, names)], "")
    assert (found.item.wikidata if found.item else None) == wikidata
    assert [candidate.item.wikidata for candidate in found.candidates[:1]] == ([wikidata] if wikidata else [])


def test_letters_find_a_name_that_shares_a_word(linker: Linker) -> None:
    """An item that the base knows by other words and by the same letters stays a candidate."""
    (found,) = linker.link([NamedEntity("ORG", ("the atomic energy watchdog", "IAEA"))], "")
    assert [candidate.item.label for candidate in found.candidates] == ["International Atomic Energy Agency"]


@pytest.mark.parametrize(("country", "wanted"), [("Costa Rica", "CR"), ("United States", "US")])
def test_a_town_is_of_the_country_that_the_article_names(linker: Linker, country: str, wanted: str) -> None:
    """A name of several towns means the one in the country of the other names of the article."""
    found, _ = linker.link([NamedEntity("LOC", ("San José",)), NamedEntity("LOC", (country,))], "")
    assert found.item is not None
    assert found.item.country == wanted


@pytest.mark.parametrize(
    ("name", "label"),
    [("IAEA", "International Atomic Energy Agency"), ("Seoul National University",) * 2, ("Joe Biden",) * 2],
    ids=["letters", "script", "middle-name"],
)
def test_a_label_is_the_usual_name(linker: Linker, name: str, label: str) -> None:
    """An item is shown by a name that an English reader knows it by."""
    (found,) = linker.link([NamedEntity(None, (name,))], "")
    assert found.candidates[0].item.label == label


def test_letters_before_a_name_are_no_country(linker: Linker) -> None:
    """The beginning of a club's or an institute's name in capitals is no country's code: CF, AS, SV."""
    (found,) = linker.link([NamedEntity("ORG", ("Real Madrid",))], "")
    assert found.candidates[0].item.country is None


@pytest.mark.parametrize(
    ("name", "wikidata"),
    [
        ("Bayer", "Q152051"),
        ("Marks and Spencer", "Q714491"),
        ("Nvidia", "Q182477"),
        ("OPEC", "Q7795"),
        ("Tesla", "Q478214"),
        ("WHO", "Q7817"),
    ],
    ids=["subsidiaries", "and", "listed", "initials", "namesake", "band"],
)
def test_a_well_known_organisation_is_linked(linker: Linker, name: str, wikidata: str) -> None:
    """Its subsidiaries in other countries, and bearers of its name of another type, take no link away from it."""
    (found,) = linker.link([NamedEntity("ORG", (name,))], "")
    assert found.candidates[0].item.wikidata == wikidata
    assert found.item is not None or name == "WHO"


def test_a_country_in_a_list_is_no_part_of_the_next(linker: Linker) -> None:
    """A comma between two countries separates them; behind a town it names the town's country."""
    text = "Kenya, Uganda and Ghana agreed."
    entities = [
        MentionedEntity("LOC", name, [Place("body", text.index(name), text.index(name) + len(name))])
        for name in ("Kenya", "Uganda")
    ]
    found = linker.link_article(entities, {"body": text})
    assert [link.confidence > CERTAIN for link in found] == [True, True]


def test_a_word_for_inhabitants_is_of_their_country(linker: Linker) -> None:
    """It is linked to the country of today, and not to a kingdom that contains it."""
    (found,) = linker.link([NamedEntity("MISC", ("Dutch",))], "")
    assert found.item is not None
    assert (found.item.label, found.relation) == ("Netherlands", "demonym")


@pytest.mark.parametrize("name", ["Boca Juniors", "St Johnstone", "St. Mirren"])
def test_the_letters_of_a_code_are_no_country(linker: Linker, name: str) -> None:
    """A club whose name has the letters of a country's code as a word is not of that country."""
    (found,) = linker.link([NamedEntity("ORG", (name,))], "")
    assert found.candidates[0].item.country not in ("LA", "ST")


@pytest.mark.parametrize(("country", "is_linked"), [("Brazil", False), ("France", True)])
def test_a_name_that_countries_share_needs_the_country(linker: Linker, country: str, is_linked: bool) -> None:
    """The National Assembly is that of France only in an article that names France."""
    found, _ = linker.link([NamedEntity("ORG", ("National Assembly",)), NamedEntity("LOC", (country,))], "")
    assert (found.item is not None and found.item.country == "FR") == is_linked


def test_a_shared_name_is_of_the_country_that_the_article_is_about(linker: Linker) -> None:
    """An article that names Brazil more often than France does not mean the French National Assembly."""
    places = [NamedEntity("LOC", (name,)) for name in ("Brazil", "São Paulo", "Brasília", "France")]
    found = linker.link([NamedEntity("ORG", ("National Assembly",)), *places], "")
    assert found[0].item is None
