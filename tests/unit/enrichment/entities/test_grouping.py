"""Mentions to entities."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from services.enrichment.encoder import EntityType
from services.enrichment.entities.grouping import Group, TypedMention, group_mentions


def group(*mentions: tuple[str, EntityType], defines: dict[int, int] | None = None) -> list[Group]:
    links = defines or {}
    return group_mentions([TypedMention(i, text, kind, 0.9, links.get(i)) for i, (text, kind) in enumerate(mentions)])


def names(groups: list[Group]) -> list[tuple[str, int]]:
    return [(each.name, len(each.members)) for each in groups]


def test_a_surname_joins_its_only_full_name() -> None:
    """A surname belongs to the one person who bears it, before and after the full name."""
    assert names(group(("Lindqvist", "PER"), ("Mara Lindqvist", "PER"), ("Lindqvist", "PER"))) == [
        ("Mara Lindqvist", 3)
    ]


def test_a_first_name_joins_too() -> None:
    """Where the family name comes first, the first word stands for the person."""
    assert names(group(("Han Yuwen", "PER"), ("Han", "PER"))) == [("Han Yuwen", 2)]


def test_an_ambiguous_surname_stays_apart() -> None:
    """A surname that two people bear joins neither."""
    found = group(("Mara Lindqvist", "PER"), ("Olof Lindqvist", "PER"), ("Lindqvist", "PER"))
    assert len(found) == 3


def test_a_middle_name_does_not_make_another_person() -> None:
    """A name with and one without a middle initial are one, and the surname finds them."""
    found = group(("Mara Lindqvist", "PER"), ("Mara K. Lindqvist", "PER"), ("Lindqvist", "PER"))
    assert names(found) == [("Mara K. Lindqvist", 3)]


def test_an_initial_stands_for_a_first_name() -> None:
    """M. Lindqvist is Mara Lindqvist when she is the only one."""
    assert names(group(("Mara Lindqvist", "PER"), ("M. Lindqvist", "PER"))) == [("Mara Lindqvist", 2)]


def test_a_person_never_joins_a_place() -> None:
    """The same spelling as a person and as a place is two entities."""
    found = group(("Chelsea", "LOC"), ("Chelsea", "LOC"), ("Chelsea", "LOC"), ("Chelsea", "PER"))
    assert [each.type for each in found] == ["LOC", "PER"]


def test_a_clear_majority_decides_the_type() -> None:
    """One odd reading of a spelling gives way to the many."""
    found = group(("Harbour Authority", "ORG"), ("Harbour Authority", "ORG"), ("Harbour Authority", "MISC"))
    assert [(each.type, len(each.members)) for each in found] == [("ORG", 3)]


def test_without_a_clear_majority_types_stay_apart() -> None:
    """A tie between two types is two entities."""
    assert len(group(("Tarnby", "ORG"), ("Tarnby", "LOC"))) == 2


def test_a_name_of_several_words_is_one_thing() -> None:
    """The same long name as a place and as an organisation is one entity even in a tie."""
    assert names(group(("Velm General Hospital", "LOC"), ("Velm General Hospital", "ORG"))) == [
        ("Velm General Hospital", 2)
    ]


def test_a_long_name_is_one_thing_even_as_a_person() -> None:
    """A party's name of several words that is once taken for a person's is the party."""
    found = group(("La Alianza Clara", "PER"), ("La Alianza Clara", "ORG"), ("La Alianza Clara", "ORG"))
    assert [(each.type, len(each.members)) for each in found] == [("ORG", 3)]


def test_a_long_name_of_a_person_and_a_place_stays_two() -> None:
    """Not even several words join a person with a place."""
    assert len(group(("San Mateo", "PER"), ("San Mateo", "LOC"), ("San Mateo", "ORG"))) == 2


def test_a_surname_belongs_to_the_first_bearer_until_another_is_named() -> None:
    """What stands before the second bearer can only mean the first; what stands behind both is left apart."""
    found = group(
        ("Mara Lindqvist", "PER"),
        ("Lindqvist", "PER"),
        ("Olof Lindqvist", "PER"),
        ("Lindqvist", "PER"),
    )
    assert names(found) == [("Mara Lindqvist", 2), ("Olof Lindqvist", 1), ("Lindqvist", 1)]


def test_a_surname_stays_with_whom_the_article_calls_by_it() -> None:
    """Two times before a relative comes in, and the relative is the one who is called otherwise."""
    found = group(
        ("Mara Lindqvist", "PER"),
        ("Lindqvist", "PER"),
        ("Lindqvist", "PER"),
        ("Olof Lindqvist", "PER"),
        ("Lindqvist", "PER"),
        ("Olof", "PER"),
    )
    assert names(found) == [("Mara Lindqvist", 4), ("Olof Lindqvist", 2)]


def test_an_acronym_is_no_short_form_of_its_bodies() -> None:
    """The UN is not the UN Security Council."""
    assert len(group(("UN", "ORG"), ("UN Security Council", "ORG"))) == 2


def test_a_place_joins_its_name_with_its_kind() -> None:
    """A province with and without the word is one place; a city of the same name is another."""
    assert names(group(("Tarnby", "LOC"), ("Tarnby province", "LOC"))) == [("Tarnby province", 2)]
    assert len(group(("Tarnby", "LOC"), ("Tarnby City", "LOC"))) == 2


def test_an_acronym_joins_by_its_initials() -> None:
    """An acronym belongs to the long form whose initials it spells."""
    assert names(group(("TPC", "ORG"), ("Tarnby Port Council", "ORG"))) == [("Tarnby Port Council", 2)]


def test_an_acronym_with_two_long_forms_stays_apart() -> None:
    """Two long forms with the same initials leave the acronym alone."""
    assert len(group(("Tarnby Port Council", "ORG"), ("Trade Policy Centre", "ORG"), ("TPC", "ORG"))) == 3


def test_a_definition_in_parentheses_joins_across_types() -> None:
    """What the article defines holds although the encoder typed the two differently."""
    found = group(("Tarnby Broadcasting", "ORG"), ("TBC", "MISC"), ("TBC", "MISC"), defines={1: 0})
    assert names(found) == [("Tarnby Broadcasting", 3)]


def test_a_short_form_joins_its_organisation() -> None:
    """The first words of an organisation's name stand for it, a company form is no difference."""
    found = group(("Velmont Shipping Group", "ORG"), ("Velmont Inc.", "ORG"), ("Velmont", "ORG"))
    assert names(found) == [("Velmont Shipping Group", 3)]


def test_a_place_is_no_short_form() -> None:
    """A place does not join an organisation named after it."""
    assert len(group(("Tarnby", "LOC"), ("Tarnby Shipping", "ORG"))) == 2


def test_a_name_in_capitals_is_shown_as_the_body_writes_it() -> None:
    """A shouted headline does not decide how a name is shown."""
    assert names(group(("MARA LINDQVIST", "PER"), ("Mara Lindqvist", "PER"))) == [("Mara Lindqvist", 2)]


_NAMES = st.sampled_from(
    ["Mara Lindqvist", "Lindqvist", "Mara", "M. Lindqvist", "UN", "United Nations", "Tarnby", "''"]
)
_KINDS = st.sampled_from(["PER", "ORG", "LOC", "MISC"])


UNITED = [("UN", "ORG"), ("UN", "ORG"), ("UN", "LOC"), ("United Nations", "ORG"), ("United Nations", "PER")]


@given(st.lists(st.tuples(_NAMES, _KINDS), max_size=12))
@example(UNITED)
def test_every_mention_is_in_exactly_one_entity(mentions: list[tuple[str, EntityType]]) -> None:
    """Grouping loses no mention, repeats none, and never puts a person with a place."""
    found = group(*mentions)
    assert sorted(member.index for each in found for member in each.members) == list(range(len(mentions)))
    assert all(not {"PER", "LOC"} <= {member.type for member in each.members} for each in found)
    assert [each.first for each in found] == sorted(each.first for each in found)
