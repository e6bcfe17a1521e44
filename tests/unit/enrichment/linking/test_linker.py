"""Links of entities: which item an entity is, and when it has no link."""

from __future__ import annotations

import pytest

from services.enrichment.entities.names.tickers import find_tickers
from services.enrichment.linking.article import prepare_entities
from services.enrichment.linking.base_format import NameForm
from services.enrichment.linking.candidates import NamedEntity
from services.enrichment.linking.linker import Linker
from services.enrichment.links import EntityLink, MentionedEntity, Place
from tests.support.small_base import build_item, write_small_base


@pytest.fixture(scope="module")
def linker(tmp_path_factory: pytest.TempPathFactory) -> Linker:
    """A linker to the small base."""
    return Linker(write_small_base(tmp_path_factory.mktemp("base")))


def link(linker: Linker, *entities: NamedEntity, text: str = "") -> list[str | None]:
    """Return the Wikidata ids of entities of one article."""
    return [found.item.wikidata if found.item else None for found in linker.link(entities, text)]


def link_text(linker: Linker, text: str, *names: tuple[str, str]) -> list[EntityLink]:
    """Return the links of names of a text, each given with its type, at its first place."""
    entities = [
        MentionedEntity(kind, name, [Place("body", text.index(name), text.index(name) + len(name))])  # type: ignore[arg-type]
        for name, kind in names
    ]
    return linker.link(prepare_entities(entities, {"body": text}), text)


@pytest.mark.parametrize(
    ("entity", "wanted"),
    [
        (NamedEntity("LOC", ("Kenya",)), "Q114"),
        (NamedEntity("LOC", ("the Republic of Kenya", "Kenya")), "Q114"),
        (NamedEntity("ORG", ("UN",)), "Q1065"),
        (NamedEntity("ORG", ("United Nations", "U.N.")), "Q1065"),
        (NamedEntity("PER", ("Anna Quarles", "Quarles")), "Q11"),
        (NamedEntity("LOC", ("Paris",)), "Q90"),
        (NamedEntity("LOC", ("Un",)), None),
        (NamedEntity("LOC", ("FR",)), None),
        (NamedEntity("LOC", ("K",)), None),
        (NamedEntity("PER", ("Quarles",)), None),
        (NamedEntity("PER", ("Berta Quarles", "Quarles")), None),
        (NamedEntity("PER", ("Reading",)), None),
        (NamedEntity("LOC", ("Кения",)), None),
        (NamedEntity("ORG", ("National Assembly",)), None),
    ],
)
def test_one_entity(linker: Linker, entity: NamedEntity, wanted: str | None) -> None:
    """An entity is linked by its names and its type, and stays without a link when these say too little."""
    assert link(linker, entity) == [wanted]


def test_a_demonym_is_of_the_country(linker: Linker) -> None:
    """A word for inhabitants is linked to their country as a demonym, and not as the country."""
    (found,) = linker.link([NamedEntity("MISC", ("Kenyans",))], "")

    assert found.item is not None
    assert (found.item.wikidata, found.relation) == ("Q114", "demonym")


def test_a_generic_name_needs_its_country(linker: Linker) -> None:
    """A body with a name that many countries use is linked where the article names its country."""
    body = NamedEntity("ORG", ("National Assembly",))

    assert link(linker, body, NamedEntity("LOC", ("Kenya",)))[0] is None
    assert link(linker, body, NamedEntity("LOC", ("Oceana",)))[0] == "Q7"


def test_a_surname_follows_the_whole_name(linker: Linker) -> None:
    """A surname that is an entity of its own has the link of the only person of that name."""
    entities = [NamedEntity("PER", ("Anna Quarles",)), NamedEntity("PER", ("Quarles",))]

    assert link(linker, *entities) == ["Q11", "Q11"]


def test_a_place_behind_the_name_decides(linker: Linker) -> None:
    """Paris in Texas is not the capital of France, and Paris in France is."""
    texan = link_text(linker, "He flew to Paris, Texas, on Monday.", ("Paris", "LOC"), ("Texas", "LOC"))
    french = link_text(linker, "He flew to Paris, France, on Monday.", ("Paris", "LOC"), ("France", "LOC"))

    assert [found.item and found.item.wikidata for found in texan] != ["Q90", "Q1439"]
    assert french[0].item is not None
    assert french[0].item.wikidata == "Q90"


def test_a_ticker_is_evidence(linker: Linker) -> None:
    """A company whose ticker the text has is linked, even if the encoder gives it another type."""
    (found,) = link_text(linker, "Shares of Tarn (NYSE: TARN) fell on Monday.", ("Tarn", "LOC"))

    assert found.item is not None
    assert found.item.identifiers["isin"] == "US0000000001"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Tarn (NYSE: TARN) fell", [("NYSE", "TARN")]),
        ("Tarn (TARN.N) fell", [("NYSE", "TARN")]),
        ("TARN.L rose, and 7203.T too", [("LSE", "TARN"), ("TSE", "7203")]),
        ("The vote ended 52.L to 48. See www.site.L.com at 10:30.", []),
        ("note: tarn", []),
        ("Tarn (H\u212aEX: TARN) fell", []),
    ],
)
def test_tickers(text: str, found: list[tuple[str, str]]) -> None:
    """A ticker is recognised by the exchange before its colon or by its suffix."""
    assert [(ticker.exchange, ticker.symbol) for ticker in find_tickers(text)] == found


def test_very_many_names(linker: Linker) -> None:
    """An article with very many names gets an answer for each."""
    entities = [NamedEntity("LOC", (f"Place {number}",)) for number in range(2_000)]

    assert link(linker, *entities) == [None] * 2_000


def test_candidates_are_shown_in_doubt(linker: Linker) -> None:
    """An entity without a link has the items that it may be."""
    (found,) = linker.link([NamedEntity("PER", ("Reading",))], "")

    assert found.item is None
    assert [candidate.item.wikidata for candidate in found.candidates] == ["Q161491"]


def test_a_certain_item_corrects_the_type(linker: Linker) -> None:
    """A well-known item that the text also describes has its type, and an item in doubt corrects nothing."""
    text = "Paris, the capital of France, is quiet."
    (sure,) = linker.link([NamedEntity("ORG", ("Republic of Kenya", "Kenya"))], text)
    (doubtful,) = linker.link([NamedEntity("PER", ("Reading",))], text)

    assert (sure.item and sure.item.wikidata, sure.type) == ("Q114", "LOC")
    assert (doubtful.item, doubtful.type) == (None, None)


@pytest.fixture(scope="module")
def neighbours(tmp_path_factory: pytest.TempPathFactory) -> Linker:
    """A linker to a base of items that share parts of their names."""
    county = build_item("Orland County", "LOC", 20, 150, country="US")
    county.names["Orland"] = NameForm.SHORT
    items = [
        build_item("Orland", "LOC", 21, 60, country="US"),
        county,
        build_item("Vesta", "LOC", 22, 200, country="AR", description="capital and largest city of Argentina"),
        build_item("Vesta Province", "LOC", 23, 120, country="AR", description="province of Argentina"),
        build_item("Halden Motors", "ORG", 24, 150, "Halden", country="NO", description="maker of cars"),
        build_item("Brisk", "ORG", 25, 100, description="chain of bakeries"),
        build_item("RKL", "ORG", 26, 170, country="US"),
        build_item("Twin Falls", "LOC", 27, 180, country="GB"),
        build_item("Twin Falls", "LOC", 28, 180, country="IE"),
        build_item("Idaho", "LOC", 29, 200, country="US", description="state of the United States"),
        build_item("Burley", "LOC", 30, 140, country="US"),
        build_item("Burley", "LOC", 31, 150, country="GB"),
    ]
    return Linker(write_small_base(tmp_path_factory.mktemp("neighbours"), items))


@pytest.mark.parametrize(
    ("entity", "wanted"),
    [
        (NamedEntity("LOC", ("Vesta Province", "Vesta")), "Q23"),
        (NamedEntity("LOC", ("Vesta",)), "Q22"),
        (NamedEntity("ORG", ("Halden",)), "Q24"),
        (NamedEntity("ORG", ("Halden Motors Ltd", "Halden")), "Q24"),
        (NamedEntity("ORG", ("Halden Group",)), None),
        (NamedEntity("LOC", ("Twin Falls",)), None),
    ],
    ids=["fullest name", "only name", "short name", "legal form", "its group", "equal rivals"],
)
def test_a_part_of_a_name(neighbours: Linker, entity: NamedEntity, wanted: str | None) -> None:
    """An item with the fullest name is chosen, and not one that has a part of it and more words of its own."""
    assert link(neighbours, entity) == [wanted]


def test_a_county_is_not_meant_by_the_name_of_a_town(neighbours: Linker) -> None:
    """The name of a town does not mean the county that has its name with an addition."""
    (found,) = neighbours.link([NamedEntity("LOC", ("Orland",))], "")

    assert [candidate.item.wikidata for candidate in found.candidates] == ["Q21"]


def test_probabilities_exclude_each_other(neighbours: Linker) -> None:
    """The probabilities of all candidates of an entity are together at most 1."""
    (found,) = neighbours.link([NamedEntity("LOC", ("Twin Falls",))], "")

    assert len(found.candidates) == 2
    assert found.candidates[0].probability == found.candidates[1].probability
    assert sum(candidate.probability for candidate in found.candidates) <= 1


def test_an_article_that_is_silent_about_a_company(neighbours: Linker) -> None:
    """A company is less probable if the article has no word of its description."""
    names = [NamedEntity("ORG", ("Brisk",))]
    (silent,) = neighbours.link(names, "The vote in parliament was brisk.")
    (fitting,) = neighbours.link(names, "Brisk closes four bakeries of its chain.")

    assert silent.candidates[0].probability < fitting.candidates[0].probability


def test_letters_in_parentheses_mean_the_name_before_them(neighbours: Linker) -> None:
    """A ticker or an abbreviation after a name means its bearer, and nothing else that has these letters."""
    known = link_text(neighbours, "Halden Motors (RKL) grew.", ("Halden Motors", "ORG"), ("RKL", "ORG"))
    unknown = link_text(neighbours, "Rook Kiln Lime (RKL) grew.", ("Rook Kiln Lime", "ORG"), ("RKL", "ORG"))
    alone = link_text(neighbours, "RKL grew.", ("RKL", "ORG"))

    assert [found.item and found.item.wikidata for found in known] == ["Q24", "Q24"]
    assert [found.item for found in unknown] == [None, None]
    assert alone[0].item is not None


def test_a_town_without_a_description_may_be_in_a_region(neighbours: Linker) -> None:
    """A region behind a name speaks against towns of other countries, and not against an undescribed one of its own."""
    found = link_text(neighbours, "BURLEY, Idaho - It rained.", ("BURLEY", "LOC"), ("Idaho", "LOC"))

    assert found[0].item is not None
    assert found[0].item.wikidata == "Q30"
