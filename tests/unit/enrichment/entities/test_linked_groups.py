"""Groups with links: aliases of one item, corrected types, and names that are ignored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.enrichment.encoder import EntityType, Identity
from services.enrichment.entities import read_fields
from services.enrichment.entities.names.grouping import group_mentions
from services.enrichment.entities.names.linked_groups import link_groups
from services.enrichment.entities.names.typed_mentions import TypedMention
from services.enrichment.links import NO_LINK, EntityLink, Item, MentionedEntity, Place
from tests.support.fake_encoder import FakeEncoder

FED = Item(1, "Q53536", "ORG", 200, "US", None, "Federal Reserve System", "", {})
BANK = Item(2, "Q2", "ORG", 100, "US", None, "Bank of Tarnby", "", {})


class TableLinker:
    """A linker with a fixed answer for each name."""

    identity = Identity("table", "1", "0" * 64)

    def __init__(self, links: Mapping[str, EntityLink]) -> None:
        self._links = links

    def link_article(self, entities: Sequence[MentionedEntity], fields: Mapping[str, str]) -> list[EntityLink]:
        """Return the answers by the names of the entities."""
        return [self._links.get(entity.name, NO_LINK) for entity in entities]


def group(links: Mapping[str, EntityLink], *names: tuple[str, EntityType]) -> list[tuple[str, EntityType, int]]:
    """Return name, type and number of mentions of each entity of a text of these names."""
    mentions = [TypedMention(index, name, kind, 1.0) for index, (name, kind) in enumerate(names)]
    places = [Place("body", index, index + 1) for index in range(len(names))]
    groups, found = link_groups(group_mentions(mentions), places, {"body": ""}, TableLinker(links))
    assert len(groups) == len(found)
    return [(one.name, one.type, len(one.members)) for one in groups]


def test_aliases_are_one_entity() -> None:
    """Names that are linked to one item are one entity, with the fullest name and all mentions."""
    links = {"Fed": EntityLink(FED, 0.8), "Federal Reserve": EntityLink(FED, 0.9)}

    found = group(links, ("Fed", "ORG"), ("Paris", "LOC"), ("Federal Reserve", "ORG"), ("Fed", "ORG"))

    assert found == [("Federal Reserve", "ORG", 3), ("Paris", "LOC", 1)]


def test_a_name_without_a_link_is_one_entity() -> None:
    """A name without a link that is read as an organisation and as a place is one entity; a person stays apart."""
    kinds: list[EntityType] = ["LOC", "ORG", "ORG", "LOC", "ORG"]

    assert group({}, *[("Tarnmart", kind) for kind in kinds]) == [("Tarnmart", "ORG", 5)]
    assert len(group({}, ("Tarnmart", "ORG"), ("Tarnmart", "PER"))) == 2


def test_demonyms_stay_apart() -> None:
    """A word for inhabitants is another entity than their country."""
    links = {"America": EntityLink(FED, 0.9), "American": EntityLink(FED, 0.9, "demonym")}

    assert len(group(links, ("America", "LOC"), ("American", "MISC"))) == 2


def test_the_type_is_corrected() -> None:
    """An entity whose type the base knows with certainty has that type."""
    assert group({"Chime": EntityLink(BANK, 0.95, type="ORG")}, ("Chime", "PER")) == [("Chime", "ORG", 1)]


def test_an_ignored_name_is_no_entity() -> None:
    """A name that the user's own list ignores is left out."""
    assert group({"Reuters": EntityLink(None, 0.0, is_ignored=True)}, ("Reuters", "ORG"), ("Paris", "LOC")) == [
        ("Paris", "LOC", 1)
    ]


def test_a_person_and_a_place_stay_apart() -> None:
    """A person and a place with the same link are not joined."""
    links = {"Reading": EntityLink(BANK, 0.9), "Anna Reading": EntityLink(BANK, 0.9)}

    assert len(group(links, ("Anna Reading", "PER"), ("Reading", "LOC"))) == 2


def test_an_article_without_an_ignored_name() -> None:
    """An article is read without the names that are ignored, and its other entities have their links."""
    encoder = FakeEncoder({"Reuters": "ORG", "Tarnby": "ORG"})
    linker = TableLinker({"Reuters": EntityLink(None, 0.0, is_ignored=True), "Tarnby": EntityLink(BANK, 0.9)})

    reading = read_fields({"body": "Reuters reported that Tarnby grew."}, encoder, 100, linker)

    assert [(entity.id, entity.name) for entity in reading.entities] == [("e1", "Tarnby")]
    assert reading.entities[0].link == EntityLink(BANK, 0.9)
