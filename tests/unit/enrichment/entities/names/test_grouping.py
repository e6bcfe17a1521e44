"""Grouping of mentions into entities."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from services.enrichment.encoder import EntityType
from services.enrichment.entities.names.grouping import Group, group_mentions
from services.enrichment.entities.names.typed_mentions import TypedMention


def group(*mentions: tuple[str, EntityType], defines: dict[int, int] | None = None) -> list[Group]:
    links = defines or {}
    return group_mentions([TypedMention(i, text, kind, 0.9, links.get(i)) for i, (text, kind) in enumerate(mentions)])


def names(groups: list[Group]) -> list[tuple[str, int]]:
    return [(each.name, len(each.members)) for each in groups]


def test_a_surname_joins_its_only_full_name() -> None:
    """A surname joins the only person who has it, before and after the full name."""
    assert names(group(("Lindqvist", "PER"), ("Mara Lindqvist", "PER"), ("Lindqvist", "PER"))) == [
        ("Mara Lindqvist", 3)
    ]


def test_the_first_word_of_a_name_joins_too() -> None:
    """The first word of a full name joins the person, because some names begin with the family name."""
    assert names(group(("Han Yuwen", "PER"), ("Han", "PER"))) == [("Han Yuwen", 2)]


def test_an_ambiguous_surname_joins_neither_person() -> None:
    """A surname that two persons have joins neither of them."""
    found = group(("Mara Lindqvist", "PER"), ("Olof Lindqvist", "PER"), ("Lindqvist", "PER"))
    assert len(found) == 3


def test_a_middle_name_does_not_make_another_person() -> None:
    """Full names with and without a middle initial are one person, and the surname joins it."""
    found = group(("Mara Lindqvist", "PER"), ("Mara K. Lindqvist", "PER"), ("Lindqvist", "PER"))
    assert names(found) == [("Mara K. Lindqvist", 3)]


def test_a_name_written_in_one_word_is_the_same() -> None:
    """A company that is also written without the blank is one entity; short words stay apart."""
    assert names(group(("Orbe Lines", "ORG"), ("OrbeLines", "ORG"))) == [("Orbe Lines", 2)]
    assert names(group(("Ro Ve", "ORG"), ("Rove", "ORG"))) == [("Ro Ve", 1), ("Rove", 1)]


def test_an_initial_matches_a_first_name() -> None:
    """The name "M. Lindqvist" means Mara Lindqvist if she is the only Lindqvist."""
    assert names(group(("Mara Lindqvist", "PER"), ("M. Lindqvist", "PER"))) == [("Mara Lindqvist", 2)]


def test_a_person_and_a_place_are_two_entities() -> None:
    """A place and a person who has its name as a first name or a surname are two entities."""
    for whole in ("Chelsea Varga", "Mara Chelsea"):
        found = group(("Chelsea", "LOC"), ("Chelsea", "LOC"), (whole, "PER"), ("Chelsea", "PER"))
        assert [(each.type, len(each.members)) for each in found] == [("LOC", 2), ("PER", 2)]


def test_a_word_in_no_whole_name_is_a_person_or_a_place() -> None:
    """A spelling that is read as a person and as a place is one thing where no person of the article has it."""
    found = group(("Tarnby", "LOC"), ("Tarnby", "PER"), ("Tarnby", "LOC"), ("Mara Lindqvist", "PER"))
    assert [(each.type, each.name, len(each.members)) for each in found] == [
        ("LOC", "Tarnby", 3),
        ("PER", "Mara Lindqvist", 1),
    ]
    assert [each.type for each in group(("Tarnby", "PER"), ("Tarnby", "LOC"), ("Tarnby", "PER"))] == ["PER"]


def test_a_doubtful_place_with_a_surname_is_the_person() -> None:
    """A surname that the encoder once takes for a place, without being sure, is the person; a sure place is not."""
    for probability, groups in ((0.6, 1), (0.95, 2)):
        persons = [TypedMention(0, "Mara Varga", "PER", 0.9), TypedMention(1, "Varga", "PER", 0.9)]
        found = group_mentions([*persons, TypedMention(2, "Varga", "LOC", probability)])
        assert len(found) == groups


def test_one_people_in_singular_and_plural() -> None:
    """The plural of a people's or a faith's name joins the singular; words of other types stay apart."""
    assert names(group(("Tarnbians", "MISC"), ("Tarnbian", "MISC"))) == [("Tarnbian", 2)]
    assert len(group(("Tarnby", "LOC"), ("Tarnbys", "MISC"))) == 2


def test_a_name_without_its_number() -> None:
    """A name joins the only name that has a number more; with two numbers it stays apart."""
    assert names(group(("Norvid-24", "MISC"), ("Norvid", "MISC"))) == [("Norvid-24", 2)]
    assert len(group(("Norvid-24", "MISC"), ("Norvid 25", "MISC"), ("Norvid", "MISC"))) == 3


def test_a_town_and_its_township() -> None:
    """The name of a town joins the same name with the kind of town."""
    assert names(group(("Tarnby Township", "LOC"), ("Tarnby", "LOC"))) == [("Tarnby Township", 2)]


def test_a_demonym_is_no_acronym() -> None:
    """A demonym that happens to consist of syllables of a place's name does not join it."""
    assert len(group(("West Tarnby Sea", "LOC"), ("Tarnwese", "MISC"))) == 2


def test_a_clear_majority_decides_the_type() -> None:
    """The type of a clear majority of mentions is the type of all mentions with that spelling."""
    found = group(("Harbour Authority", "ORG"), ("Harbour Authority", "ORG"), ("Harbour Authority", "MISC"))
    assert [(each.type, len(each.members)) for each in found] == [("ORG", 3)]


def test_without_a_clear_majority_there_are_two_entities() -> None:
    """A tie between two types gives two entities."""
    assert len(group(("Tarnby", "ORG"), ("Tarnby", "LOC"))) == 2


def test_a_long_name_is_one_entity() -> None:
    """A name of several words as a place and as an organisation is one entity even in a tie."""
    assert names(group(("Velm General Hospital", "LOC"), ("Velm General Hospital", "ORG"))) == [
        ("Velm General Hospital", 2)
    ]


def test_a_long_name_is_one_entity_even_if_read_as_a_person() -> None:
    """A party's name of several words is one entity even if one mention was read as a person."""
    found = group(("La Alianza Clara", "PER"), ("La Alianza Clara", "ORG"), ("La Alianza Clara", "ORG"))
    assert [(each.type, len(each.members)) for each in found] == [("ORG", 3)]


def test_a_long_name_is_not_both_a_person_and_a_place() -> None:
    """A name of several words that is read as a person and as a place is one entity of the likelier type."""
    (found,) = group(("Porto Marsden", "LOC"), ("Porto Marsden", "PER"), ("Porto Marsden", "LOC"))
    assert (found.type, len(found.members)) == ("LOC", 3)


def test_a_surname_joins_the_first_person_until_a_second_one_has_it() -> None:
    """A surname between two full names joins the first person; a surname after both joins neither."""
    found = group(
        ("Mara Lindqvist", "PER"),
        ("Lindqvist", "PER"),
        ("Olof Lindqvist", "PER"),
        ("Lindqvist", "PER"),
    )
    assert names(found) == [("Mara Lindqvist", 2), ("Olof Lindqvist", 1), ("Lindqvist", 1)]


def test_a_surname_joins_the_person_whom_the_article_calls_by_it() -> None:
    """A surname joins the person whom the article called by it twice before a relative appears under another name."""
    found = group(
        ("Mara Lindqvist", "PER"),
        ("Lindqvist", "PER"),
        ("Lindqvist", "PER"),
        ("Olof Lindqvist", "PER"),
        ("Lindqvist", "PER"),
        ("Olof", "PER"),
    )
    assert names(found) == [("Mara Lindqvist", 4), ("Olof Lindqvist", 2)]


def test_a_family_name_may_come_first() -> None:
    """A word that begins several whole names stands for the first of them, until another is named."""
    found = group(
        ("Ren Haolin", "PER"), ("Ren", "PER"), ("Ren", "PER"), ("Ren Yifei", "PER"), ("Ren", "PER"), ("Yifei", "PER")
    )
    assert names(found) == [("Ren Haolin", 4), ("Ren Yifei", 2)]


def test_a_name_alone_is_a_surname_before_it_is_a_first_name() -> None:
    """Where it ends one whole name and begins another, it means the one that it ends."""
    found = group(("Tarn Velden", "PER"), ("Marit Tarn", "PER"), ("Tarn", "PER"))
    assert names(found) == [("Tarn Velden", 1), ("Marit Tarn", 2)]


def test_a_surname_is_not_of_a_bearer_called_by_the_first_name() -> None:
    """The surname of a couple means the one whom the article does not call by the first name."""
    found = group(
        ("Mara Lindqvist", "PER"),
        ("Olof Lindqvist", "PER"),
        ("Lindqvist", "PER"),
        ("Lindqvist", "PER"),
        ("Mara", "PER"),
    )
    assert names(found) == [("Mara Lindqvist", 2), ("Olof Lindqvist", 3)]


def test_a_surname_in_a_headline_means_the_first_bearer() -> None:
    """A surname before any whole name is the first person's whom the article then names."""
    found = group(("Lindqvist", "PER"), ("Mara Lindqvist", "PER"), ("Olof Lindqvist", "PER"))
    assert names(found) == [("Mara Lindqvist", 2), ("Olof Lindqvist", 1)]


def test_the_last_words_of_an_organisation_stand_for_it() -> None:
    """A club is called by its last word, or without its first."""
    assert names(group(("FK Tarnby", "ORG"), ("Tarnby", "ORG"))) == [("FK Tarnby", 2)]
    assert names(group(("Velm Rovers", "ORG"), ("Rovers", "ORG"))) == [("Velm Rovers", 2)]


def test_last_words_that_fit_two_organisations_stay_apart() -> None:
    """Rovers may be of either town."""
    assert len(group(("Velm Rovers", "ORG"), ("Tarnby Rovers", "ORG"), ("Rovers", "ORG"))) == 3


def test_words_behind_a_linking_word_are_no_short_form() -> None:
    """A team is not the bank of its country."""
    assert len(group(("Bank of Tarnby", "ORG"), ("Tarnby", "ORG"))) == 2


def test_a_body_of_that_name_counts_against_a_person() -> None:
    """The whole name of a club is evidence that its last word alone is the club too."""
    found = group(("FK Tarnby", "ORG"), ("Tarnby", "ORG"), ("Tarnby", "PER"))
    assert [(each.type, each.name, len(each.members)) for each in found] == [("ORG", "FK Tarnby", 3)]


def test_a_transcription_is_the_same_name() -> None:
    """A surname may be written in plain letters, with one letter for each accent or with two."""
    found = group(("Jürgen Kröß", "PER"), ("Kroess", "PER"), ("Juergen Kross", "PER"))
    assert names(found) == [("Jürgen Kröß", 3)]


def test_an_odd_reading_as_a_person_joins_the_organisation() -> None:
    """A name that no whole name of a person has is what most of its mentions are."""
    found = group(("Tarnby", "ORG"), ("Tarnby", "ORG"), ("Tarnby", "PER"))
    assert [(each.type, len(each.members)) for each in found] == [("ORG", 3)]
    found = group(("Tarnby", "ORG"), ("Tarnby", "ORG"), ("Tarnby", "PER"), ("Mara Tarnby", "PER"))
    assert [(each.type, len(each.members)) for each in found] == [("ORG", 2), ("PER", 2)]


def test_letters_that_do_not_decompose_make_no_other_name() -> None:
    """Strokes and dotless letters are written in many ways; the name with its accents is shown."""
    found = group(("Soren Kjaer", "PER"), ("Søren Kjær", "PER"), ("YILDIZ AK", "PER"), ("Yıldız Ak", "PER"))
    assert names(found) == [("Søren Kjær", 2), ("Yıldız Ak", 2)]


def test_an_acronym_is_not_a_short_form_of_longer_names() -> None:
    """An acronym does not join longer names that begin with it: "UN" is not "UN Security Council"."""
    assert len(group(("UN", "ORG"), ("UN Security Council", "ORG"))) == 2


def test_a_place_joins_its_name_with_its_kind() -> None:
    """A province with and without the word "province" is one place; a city of the same name is another."""
    assert names(group(("Tarnby", "LOC"), ("Tarnby province", "LOC"))) == [("Tarnby province", 2)]
    assert len(group(("Tarnby", "LOC"), ("Tarnby City", "LOC"))) == 2


def test_an_acronym_joins_by_its_initials() -> None:
    """An acronym joins the long form whose initials it has."""
    assert names(group(("TPC", "ORG"), ("Tarnby Port Council", "ORG"))) == [("Tarnby Port Council", 2)]


def test_an_acronym_with_two_long_forms_joins_neither() -> None:
    """An acronym joins neither of two long forms with its initials."""
    assert len(group(("Tarnby Port Council", "ORG"), ("Trade Policy Centre", "ORG"), ("TPC", "ORG"))) == 3


def test_a_definition_in_parentheses_joins_across_types() -> None:
    """A definition in parentheses joins two mentions even if the encoder gave them different types."""
    found = group(("Tarnby Broadcasting", "ORG"), ("TBC", "MISC"), ("TBC", "MISC"), defines={1: 0})
    assert names(found) == [("Tarnby Broadcasting", 3)]


def test_a_definition_may_begin_with_the_acronym() -> None:
    """The long form may stand in the parentheses."""
    found = group(("PVT", "ORG"), ("Puertos de Tarnby y Velm", "ORG"), ("PVT", "ORG"), defines={1: 0})
    assert names(found) == [("Puertos de Tarnby y Velm", 3)]


def test_a_definition_may_be_of_another_language() -> None:
    """The acronym of an organisation need not have the letters of its name in English."""
    found = group(("Tarnby People's Party", "ORG"), ("DFT", "ORG"), ("DFT", "ORG"), defines={1: 0})
    assert names(found) == [("Tarnby People's Party", 3)]


def test_an_acronym_of_two_organisations_defines_neither() -> None:
    """The code of a country behind the names of clubs is no acronym of theirs."""
    clubs = group(("Velm Rovers", "ORG"), ("DEN", "ORG"), ("Tarnby Town", "ORG"), ("DEN", "ORG"), defines={1: 0, 3: 2})
    assert len(clubs) == 3


def test_other_brackets_define_no_acronym() -> None:
    """A place or another type behind an organisation is another thing."""
    assert len(group(("Velm Rovers", "ORG"), ("DEN", "LOC"), defines={1: 0})) == 2
    assert len(group(("Rovers", "ORG"), ("DEN", "ORG"), defines={1: 0})) == 2


def test_a_definition_may_be_a_word_in_lower_case() -> None:
    """A syllable word is an acronym where an organisation's name is beside it."""
    found = group(("Tarnby Electric Power Company", "ORG"), ("Tepco", "ORG"), ("Tepco", "ORG"), defines={1: 0})
    assert names(found) == [("Tarnby Electric Power Company", 3)]


def test_an_acronym_of_syllables_joins_across_types() -> None:
    """A syllable word that the encoder reads as a place joins the university that has all its syllables."""
    found = group(("Autonomous University of Tarnby", "ORG"), ("Unatar", "LOC"))
    assert names(found) == [("Autonomous University of Tarnby", 2)]


def test_an_acronym_may_be_a_part_of_the_name() -> None:
    """A name with an acronym in it joins the name that has the words instead."""
    found = group(("ON Harbour Programme", "ORG"), ("Ocean Nations Harbour Programme", "ORG"))
    assert names(found) == [("Ocean Nations Harbour Programme", 2)]
    assert len(group(("ON Harbour Programme", "ORG"), ("Ocean Nations Fish Programme", "ORG"))) == 2


def test_the_official_name_of_a_country_joins_its_plain_name() -> None:
    """A country is one entity under its plain name."""
    assert names(group(("Kingdom of Tarnby", "LOC"), ("Tarnby", "LOC"))) == [("Tarnby", 2)]
    assert len(group(("Gulf of Tarnby", "LOC"), ("Tarnby", "LOC"))) == 2


def test_a_word_before_a_whole_name_makes_no_second_bearer() -> None:
    """A surname joins its person, who has one more word in another place."""
    found = group(("Anna Berg", "PER"), ("Envoy Anna Berg", "PER"), ("Berg", "PER"))
    assert [count for _, count in names(found)] == [3]


def test_a_short_form_joins_its_organisation() -> None:
    """An organisation's first words join its full name, and a legal form makes no difference."""
    found = group(("Velmont Shipping Group", "ORG"), ("Velmont Inc.", "ORG"), ("Velmont", "ORG"))
    assert names(found) == [("Velmont Shipping Group", 3)]


def test_a_place_is_not_a_short_form_of_an_organisation() -> None:
    """A place does not join an organisation that is named after it."""
    assert len(group(("Tarnby", "LOC"), ("Tarnby Shipping", "ORG"))) == 2


def test_a_name_in_capitals_is_shown_as_the_body_writes_it() -> None:
    """The shown name is in normal letters even if the headline has it in capitals."""
    assert names(group(("MARA LINDQVIST", "PER"), ("Mara Lindqvist", "PER"))) == [("Mara Lindqvist", 2)]


def test_a_short_name_in_capitals_is_shown_as_the_body_writes_it() -> None:
    """A word as short as an acronym is none where the body writes it in other letters."""
    assert names(group(("VELM", "LOC"), ("Velm", "LOC"))) == [("Velm", 2)]
    assert names(group(("VELM", "ORG"), ("VELM", "ORG"))) == [("VELM", 2)]


_NAMES = st.sampled_from(
    ["Mara Lindqvist", "Lindqvist", "Mara", "M. Lindqvist", "UN", "United Nations", "Tarnby", "''"]
)
_KINDS = st.sampled_from(["PER", "ORG", "LOC", "MISC"])


UNITED = [("UN", "ORG"), ("UN", "ORG"), ("UN", "LOC"), ("United Nations", "ORG"), ("United Nations", "PER")]


@given(st.lists(st.tuples(_NAMES, _KINDS), max_size=12))
@example(UNITED)
def test_every_mention_is_in_exactly_one_entity(mentions: list[tuple[str, EntityType]]) -> None:
    """Each mention is in exactly one entity, and no entity has both a person and a place."""
    found = group(*mentions)
    assert sorted(member.index for each in found for member in each.members) == list(range(len(mentions)))
    assert all(not {"PER", "LOC"} <= {member.type for member in each.members} for each in found)
    assert [each.first for each in found] == sorted(each.first for each in found)
