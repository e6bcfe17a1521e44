"""Keys of names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.text.names import derive_entity_key, make_key


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("the Harbour Authority", "Harbour Authority", "ORG"),
        ("President Mara Lindqvist", "Mara Lindqvist", "PER"),
        ("Gen. Óscar Peña", "Oscar Pena", "PER"),
        ("Velmont Inc.", "Velmont", "ORG"),
        ("U.S.", "US", "LOC"),
        ("TARNBY", "Tarnby", "LOC"),
    ],
)
def test_variants_share_a_key(one: str, other: str, kind: str) -> None:
    """Articles, titles, accents, company forms, full stops and capitals do not make another name."""
    assert make_key(one, kind) == make_key(other, kind)


def test_a_title_alone_is_a_name() -> None:
    """The last word of a person's name is never taken for a title."""
    assert make_key("Pope", "PER") == ("pope",)


def test_a_company_form_alone_is_a_name() -> None:
    """The only word of a company's name is kept."""
    assert make_key("Ltd", "ORG") == ("ltd",)


@pytest.mark.parametrize(
    "name",
    [
        "Tarnby Lines, Inc.", "Tarnby Lines S.A.", "Tarnby Lines S. A.", "Tarnby Lines GmbH & Co. KG",
        "Tarnby Lines A/S", "Tarnby Lines S.p.A.", "Tarnby Lines Sp. z o.o.", "Tarnby Lines, S.A.B. de C.V.",
        "Tarnby Lines S.à r.l.", "TARNBY LINES HOLDINGS PLC", "the Tarnby Lines Co., Ltd.",
    ],
)  # fmt: skip
def test_company_forms_are_left_out(name: str) -> None:
    """A company has the same key with each legal form, of one word or of several."""
    assert make_key(name, "ORG") == make_key("Tarnby Lines", "ORG") == ("tarnby", "lines")


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("A/S", "ORG", ("a", "s")),
        ("Ash & Elm", "ORG", ("ash", "&", "elm")),
        ("Maria Ag", "PER", ("maria", "ag")),
        ("दिल्ली", "LOC", ("दिल्ली",)),
        ("กรุงเทพ", "LOC", ("กรุงเทพ",)),
        ("Dara O’Rourke", "PER", ("dara", "o'rourke")),
        ("north_quay", "ORG", ("north", "quay")),
        ("...", "ORG", ("...",)),
    ],
)
def test_key_of_a_name(name: str, kind: str, key: tuple[str, ...]) -> None:
    """A key has the words of the name with all their vowel signs, and never loses the whole name."""
    assert make_key(name, kind) == key


def test_words_that_differ_in_vowel_signs_have_different_keys() -> None:
    """Vowel signs of Indic scripts and sound marks of Japanese make another name."""
    assert make_key("दिल", "LOC") != make_key("दल", "LOC")
    assert make_key("パリ", "LOC") != make_key("バリ", "LOC")


@given(st.text(), st.sampled_from(["PER", "ORG", "LOC", "MISC"]))
def test_every_text_has_a_key(text: str, kind: str) -> None:
    """A key is never empty, whatever the text."""
    assert make_key(text, kind)


def test_a_key_of_an_entity_is_stable() -> None:
    """The key is the promised one: it depends on the folded name and the type alone."""
    assert derive_entity_key("Mara Lindqvist", "PER") == "nil:f200e10161d4fbf2"
    assert derive_entity_key("Tarnby Lines", "ORG") == derive_entity_key("TARNBY LINES Inc.", "ORG")
    assert derive_entity_key("Tarnby", "ORG") != derive_entity_key("Tarnby", "LOC")
    assert derive_entity_key("Mara Lindqvist", "PER") != derive_entity_key("Mara", "PER")


@given(st.text(min_size=1), st.sampled_from(["PER", "ORG", "LOC", "MISC"]))
def test_every_name_has_a_key(name: str, kind: str) -> None:
    """No name makes the key fail, lone surrogates included."""
    assert re.fullmatch("nil:[0-9a-f]{16}", derive_entity_key(name, kind))
    assert derive_entity_key(f"{name}\ud800", kind)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("H E Jean-Luc Marsden", ("jean", "luc", "marsden")),
        ("Hon. Ada Eze", ("ada", "eze")),
        ("H E Marsden", ("h", "e", "marsden")),
    ],
)
def test_honorifics_are_no_part_of_a_name(written: str, words: tuple[str, ...]) -> None:
    """H E is a title before a whole name and initials before a surname."""
    assert make_key(written, "PER") == words
