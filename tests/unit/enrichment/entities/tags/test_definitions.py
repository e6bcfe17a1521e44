"""Definitions of acronyms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.entities.tags.definitions import complete_long_forms, complete_spelled_out, find_definitions
from services.enrichment.entities.tags.occurrences import GAP
from tests.unit.enrichment.entities.tagged import apply, sentence


def find_brackets(words: list[str]) -> list[int]:
    return [place for place, word in enumerate(words) if word == "("]


def found(written: str) -> list[tuple[str, str]]:
    words = [*written.split(), GAP]
    return [
        (" ".join(words[each.start : each.end]), words[each.acronym])
        for each in find_definitions(words, find_brackets(words))
    ]


@pytest.mark.parametrize(
    ("written", "long", "acronym"),
    [
        ("the Tarnby Port Council ( TPC ) said", "Tarnby Port Council", "TPC"),
        ("TPC ( Tarnby Port Council ) said", "Tarnby Port Council", "TPC"),
        ("the Tarnby Port Council 's ( TPC ) plan", "Tarnby Port Council", "TPC"),
        ("PAVT ( Puertos y Aguas del Valle de Tarnby )", "Puertos y Aguas del Valle de Tarnby", "PAVT"),
        ("the Bund für Natur und Tiere ( BNT )", "Bund für Natur und Tiere", "BNT"),
        ("the Associação dos Pescadores e Marujos ( APM )", "Associação dos Pescadores e Marujos", "APM"),
        ("INEV ( Institut national des eaux et vallées )", "Institut national des eaux et vallées", "INEV"),
        ("Ministry of Trade , Ports and Sea ( MTPS )", "Ministry of Trade , Ports and Sea", "MTPS"),
        ("Prince Velm Sea and Relief Centre ( PVrelief )", "Prince Velm Sea and Relief Centre", "PVrelief"),
    ],
)
def test_a_long_form_ends_where_its_initials_do(written: str, long: str, acronym: str) -> None:
    """Initials find the long form before or inside the brackets, in any language."""
    assert found(written) == [(long, acronym)]


@pytest.mark.parametrize(
    "written",
    [
        "gross national income ( GNI ) rose",
        "the Tarnby Port Council ( founded in 1900 )",
        "Tarnby . Port Council ( TPC )",
        "( TPC )",
        "Tarnby ( Velm )",
        "Tarnby Port Council ( TPC",
    ],
)
def test_other_brackets_define_nothing(written: str) -> None:
    """Common nouns, other brackets and other sentences are no long forms."""
    assert found(written) == []


def test_a_split_long_form_becomes_one_name() -> None:
    """A linking word that the encoder does not know splits no name that the article defines."""
    parts = {"Puertos": "B-ORG", "y": "O", "Aguas": "B-LOC", "de": "I-LOC", "Tarnby": "I-LOC"}
    words = [(word, {tag: 0.8}) for word, tag in parts.items()]
    written = sentence(("PAT", {"B-ORG": 0.9}), "(", *words, ")", "said")
    assert apply(complete_long_forms, written) == [("PAT", "ORG"), ("Puertos y Aguas de Tarnby", "ORG")]


def test_a_longer_name_stays_whole() -> None:
    """What the encoder has before the long form belongs to the name: a state's department of the same initials."""
    words = ("Velm", "Port", "Council")
    written = sentence(("Tarnby", {"B-ORG": 0.9}), *((word, {"I-ORG": 0.9}) for word in words), "(", "VPC", ")")
    assert apply(complete_long_forms, written) == [("Tarnby Velm Port Council", "ORG")]


def test_words_that_an_acronym_spells_are_one_name() -> None:
    """An acronym of four letters finds its words elsewhere, even if some are in lower case."""
    place = ("Velm", {"B-LOC": 0.9}), ("Tarn", {"I-LOC": 0.9}), "autonomous", "region"
    found = apply(complete_spelled_out, sentence("in", ("VTAR", {"B-LOC": 0.8}), "."), sentence("the", *place, "."))
    assert found == [("VTAR", "LOC"), ("Velm Tarn autonomous region", "LOC")]


def test_a_term_that_is_no_name_stays_none() -> None:
    """An acronym of words that are probably no name makes no name of them."""
    written = sentence(*((word, {"B-MISC": 0.3}) for word in ("High", "Tide", "Line")), "(", "HTL", ")")
    assert apply(complete_long_forms, written) == []


_WORDS = st.sampled_from(["(", ")", "The", "of", "De", "La", "DL", "Tarnby", "Port", "TP", ".", "T.P.", GAP])


@given(st.lists(_WORDS))
def test_any_words_are_searched(words: list[str]) -> None:
    """No arrangement of brackets makes the search fail or leave the article."""
    row = [*words, GAP]
    for each in find_definitions(row, find_brackets(row)):
        assert 0 <= each.start < each.end <= len(words)
        assert "(" not in row[each.start : each.end]
