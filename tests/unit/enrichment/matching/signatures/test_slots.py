"""Names and numbers of a text, and where they stand."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.matching.signatures.slots import (
    KEPT_WORDS,
    REPEATS,
    SLOTS,
    Slot,
    extract_subject,
    read_opening,
    read_slots,
)


def read(text: str) -> list[Slot]:
    """Return the slots of a body."""
    return read_slots(extract_subject(None, text).slots)


def count(text: str) -> tuple[int, int]:
    """Return how many slots have a name and how many have a number."""
    slots = read(text)
    return sum(slot.first > 0 for slot in slots), sum(slot.number > 0 for slot in slots)


@pytest.mark.parametrize(
    ("text", "names", "numbers"),
    [
        ("on the bridge of Culver a lorry burned", 1, 0),
        ("a lorry burned for 12 hours and 4,100 people left", 0, 2),
        ("the mayor of Culver, Ada Fenwick, left", 1, 0),
        ("six of them and zwölf and quatre of the others", 0, 3),
        ("The bridge is closed and the river rises. Rain falls and it is the rain of May", 1, 0),
        ("THE BRIDGE IS CLOSED AND THE RIVER RISES", 0, 0),
        ("it may rain when the games of May begin", 1, 0),
        ("das Wetter wird 14 Grad", 2, 1),
        ("最高气温24度，最低气温13度", 0, 2),
        ("نزل 12 مترا", 0, 1),
        ("", 0, 0),
    ],
)
def test_names_and_numbers_are_found(text: str, names: int, numbers: int) -> None:
    """A name is capitalised where the text writes no such word in lower case; a number may be written as a word."""
    assert count(text) == (names, numbers)


def test_words_around_a_fact_make_its_slot() -> None:
    """Other facts between the same words are in the same slot; the same fact between others is in another slot."""
    [one] = read("the shares of Norvia fell")
    [other] = read("the shares of Halden Corp fell")
    [elsewhere] = read("a branch of Norvia opened")

    assert one.context == other.context != elsewhere.context
    assert one.first == one.last == elsewhere.first
    assert other.first != other.last


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(" ", "\n"),
        lambda text: f"“{text}”",
        lambda text: text.replace("'", "’"),
        lambda text: text.replace("Fen", "Fen\u00ad"),
        lambda text: text.replace(" ", " \u200b"),
        lambda text: unicodedata.normalize("NFD", text),
    ],
)
def test_typography_makes_no_difference(change: Callable[[str], str]) -> None:
    """Line breaks, quotation marks, apostrophes and invisible characters leave slots and opening as they are."""
    text = "the mayor's friend Renée Fenwick's 12 cats sleep in Málaga until noon"

    assert extract_subject("Renée’s cats", change(text)) == extract_subject("Renée's cats", text)


def test_a_slot_with_too_many_facts_is_left_out() -> None:
    """A column of numbers between the same words says nothing and takes no place."""
    column = " ".join(f"at {number} marks" for number in range(REPEATS + 1))

    assert count(f"{column} in Culver today") == (1, 0)


def test_a_headline_names_what_the_text_names() -> None:
    """In a headline in capitals or title case, names are the words that the text writes as names."""
    text = "yesterday the council of Culver closed the bridge to Lowick"
    plain, capitals, title, none = (
        read_opening(extract_subject(headline, text).opening)
        for headline in ("Culver closes its bridge", "CULVER CLOSES ITS BRIDGE", "Culver Closes Its Bridge", None)
    )

    assert plain == capitals == title
    assert (len(plain.headline), len(plain.facts)) == (3, 1)
    assert plain.facts < plain.headline < plain.words
    assert (none.headline, none.facts) == (frozenset(), frozenset())


def test_numbers_of_a_headline_are_facts() -> None:
    """A number in the headline says what is reported, in digits or as a word."""
    opening = read_opening(extract_subject("Bridge shut for 18 months, two ferries", "the bridge is closed").opening)

    assert len(opening.facts) == len({"18", "two"})


@given(st.text(max_size=400), st.text(max_size=60) | st.none())
def test_any_text_has_a_bounded_subject(text: str, headline: str | None) -> None:
    """No text has more than the promised sizes, and the same text has the same subject."""
    subject = extract_subject(headline, text)

    assert len(subject.slots) <= SLOTS
    assert all(0 < slot < 2**32 for slot in subject.slots)
    assert len(subject.opening) <= KEPT_WORDS
    assert all(0 < word < 2**16 for word in subject.opening)
    assert subject == extract_subject(headline, text)


@pytest.mark.parametrize("text", ["Ab cd " * 150_000, "A" * 900_000, "1," * 400_000, "a'b" * 300_000, "é Ä " * 200_000])
def test_a_text_of_the_greatest_length_has_a_bounded_subject(text: str) -> None:
    """A text of a million characters is read in one pass, whatever it is made of."""
    subject = extract_subject(None, text)

    assert len(subject.slots) <= SLOTS
    assert len(subject.opening) <= KEPT_WORDS
