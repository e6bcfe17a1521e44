"""Normalisation of words, which decides whether two words or shingles are equal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.matching.signatures.normalised_words import normalise, normalise_paragraphs


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The “Harbour” plan — approved", 'the "harbour" PLAN -- approved'),
        ("naïve café", "nai\u0308ve cafe\u0301"),
        ("STRASSE", "straße"),
        ("ﬁnal ｒｅｓｕｌｔ", "final result"),
        ("one\u00a0two\tthree\nfour", "one two three four"),
        ("don't", "don’t"),
    ],
)
def test_appearance_does_not_change_a_word(one: str, other: str) -> None:
    """Punctuation, capitals, Unicode composition, width and whitespace do not change a word."""
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize("text", ["市議会は火曜日", "สะพานใหม่", "ສະພານໃຫມ່", "ស្ពានថ្មី"])
def test_scripts_without_spaces_give_letters(text: str) -> None:
    """In scripts without spaces each letter is a word, because otherwise a whole clause would be one."""
    words = normalise(text)

    assert len(words) > 3
    assert all(len(word) == 1 for word in words)


def test_mixed_scripts() -> None:
    """Latin words within a Japanese sentence are whole words."""
    assert normalise("新型MacBook発売") == ["新", "型", "macbook", "発", "売"]


def test_ascii_and_other_text_agree() -> None:
    """A word is the same in an ASCII text and in another text."""
    assert normalise("Snake_case 42 words.") == normalise("Snake_case 42 words. é")[:-1]


@given(st.text(alphabet=st.sampled_from("aB9_ .,-\n\t\r\x00\x0b\x1c'’…é")))
def test_paragraphs_are_their_words(text: str) -> None:
    """The paragraphs of a text are the words of each part between blank lines, without parts that have no words."""
    parts = [" ".join(normalise(part)).encode() for part in text.split("\n\n")]

    assert normalise_paragraphs(text) == [part for part in parts if part]
