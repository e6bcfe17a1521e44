"""Search for words and phrases in a text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sink.rules.conditions.words import FEW, PhraseFinder, Text, split_words


def is_in(phrase: str, text: str) -> bool:
    """Return whether a phrase is in a text, alone and as one of many phrases."""
    few = PhraseFinder([split_words(phrase)])
    many = PhraseFinder([split_words(phrase), *((f"zq{number}", "qz") for number in range(2 * FEW))])
    found = Text(text)
    assert few.is_in(found) == many.is_in(found) == many.is_in(Text(text))
    return few.is_in(found)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("ferry", "FERRY, delayed"),
        ("the  harbour of", "The harbour\nof Tarnby"),
        ("横浜", "市長は横浜を訪問した"),
        ("大阪", "NHK大阪放送局"),
        ("NHK", "昨日NHKが報じた"),
        ("首爾", "韓國首都首爾星期五"),
        ("โตเกียว", "นายกเยือนโตเกียววันนี้"),
        ("ວຽງຈັນ", "ນະຄອນຫຼວງວຽງຈັນ"),
        ("ភ្នំពេញ", "រាជធានីភ្នំពេញ"),
        ("ရန်ကုန်", "ရန်ကုန်မြို့"),
        ("कोलकाता", "आज कोलकाता में बारिश"),
        ("சென்னை", "இன்று சென்னை மழை"),
        ("মুখ্যমন্ত্রী", "রাজ্যের মুখ্যমন্ত্রী বলেন"),
        ("isn't over", "It isn’t over"),
        ("l’Oise", "dans l'Oise"),
        ("Oise", "dans l’Oise"),
        ("Grüße", "GRÜSSE aus Tarnby"),
        ("FUSSBALL", "Fußball heute"),
        ("Fußball", "FUSSBALL HEUTE"),
        ("señal", "Una sen\u0303al"),
        ("sen\u0303al", "Una señal"),
        ("İZMİR", "izmir'de yangın"),
        ("Θεσσαλονίκη", "ΘΕΣΣΑΛΟΝΙΚΗ ΣΗΜΕΡΑ"),
        ("harbour", "Har\u00adbour"),
        ("co-op", "The co‑op"),
        ("Paris-Nice", "Paris–Nice: third stage"),
        ("C++", "C++ 26"),
        ("5.5 %", "rises 5.5%"),
        ("€", "€5m"),
        ("🚢", "🚢 sinks"),
        ("AT&T", "AT&T buys"),
        ("U.S.", "the U.S.-led talks"),
    ],
)
def test_a_phrase_is_found(phrase: str, text: str) -> None:
    """A phrase is found whatever the script, the letter case, the typography and the form of its accents."""
    assert is_in(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("port", "Airports reopen"),
        ("कोल", "आज कोलकाता में बारिश"),
        ("चेन", "चेन्नई में बारिश"),
        ("সমু", "সমুদ্র"),
        ("pena", "Peña"),
        ("ano", "El an\u0303o"),
        ("the port", "the old port"),
        ("port of", "In port. Of note"),
        ("นาน", "นานาชาติ"),
        ("กา", "เกาะ"),
        ("スタ", "スター登場"),
        ("東京", "東の京"),
        ("a.c", "abc"),
        ("C++", "C 26"),
        ("2020", "2020s"),
    ],
)
def test_a_part_of_a_word_is_not_found(phrase: str, text: str) -> None:
    """Half a word, half a syllable, other accents and words that are not next to each other are no match."""
    assert not is_in(phrase, text)


WORD = st.sampled_from(["a", "b", "c", "ab", "'", "."])


@given(st.lists(st.lists(WORD, min_size=1, max_size=4), min_size=1, max_size=6), st.lists(WORD, max_size=12))
def test_search_for_many_phrases_equals_the_search_for_each(phrases: list[list[str]], words: list[str]) -> None:
    """The search in one pass finds a phrase exactly where the text has its words in a row."""
    found = Text(" ".join(words))
    expected = any(
        found.words[start : start + len(phrase)] == phrase for phrase in phrases for start in range(len(found.words))
    )
    assert PhraseFinder(tuple(phrase) for phrase in phrases).is_in(found) is expected


@given(st.text(), st.text())
def test_search_never_fails(phrase: str, text: str) -> None:
    """Any text can be searched, and a text contains each of its own words."""
    words = split_words(text)
    assert all(PhraseFinder([(word,)]).is_in(Text(text)) for word in words)
    if split_words(phrase):
        is_in(phrase, text)


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_words_of_ascii(text: str) -> None:
    """In ASCII a word is a run of letters, digits and underscores, and each other visible character is a word."""
    assert list(split_words(text)) == re.findall(r"\w+|[^\w\s]", text.lower().replace("`", "'"))


@pytest.mark.parametrize(
    "text",
    [
        "a " * 500_000,
        "a" * 1_000_000,
        "東" * 1_000_000,
        "เ" * 1_000_000,
        "က္" * 500_000,
        "'" * 1_000_000,
        "a" + "\u0301" * 500_000 + "\u0323" * 500_000,
        "\u200b" * 1_000_000,
    ],
)  # fmt: skip
def test_hostile_texts(text: str) -> None:
    """A million characters that make other searches slow are searched; a quadratic search would not end."""
    phrases = ["a " * 50 + "b", "東" * 50 + "西", "เก", "' ' ' b", "က္က ခ"]
    assert not PhraseFinder(map(split_words, phrases)).is_in(Text(text))
