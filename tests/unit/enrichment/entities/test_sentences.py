"""Splitting of fields into sentences with exact offsets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.entities.sentences import (
    MAX_SENTENCE,
    MAX_WORD_LENGTH,
    estimate_max_words,
    split_fields,
    split_sentences,
)
from services.enrichment.words import find_words


def surfaces(text: str) -> list[str]:
    return [sentence.text for sentence in split_sentences("body", text)]


def test_abbreviations_and_initials_end_no_sentence() -> None:
    """A full stop after an abbreviation or an initial does not end a sentence."""
    text = "Dr. A. B. Olsen met U.S. officials on Jan. 5. They spoke for an hour."
    assert surfaces(text) == ["Dr. A. B. Olsen met U.S. officials on Jan. 5.", "They spoke for an hour."]


def test_a_line_break_within_a_paragraph_is_a_space() -> None:
    """A single line break does not end a sentence."""
    assert surfaces("The ferry left\nTarnby at noon. It was late.") == [
        "The ferry left Tarnby at noon.",
        "It was late.",
    ]


def test_a_blank_line_ends_a_sentence() -> None:
    """A blank line ends a sentence even without a full stop."""
    assert surfaces("A quiet night\n \nThe harbour froze") == ["A quiet night", "The harbour froze"]


def test_fields_are_read_in_order() -> None:
    """Sentences are returned field by field, in the order of the fields."""
    sentences, truncated = split_fields({"headline": "Harbour frozen", "body": "It is cold. Very."}, 100)
    assert [(sentence.field, sentence.text) for sentence in sentences] == [
        ("headline", "Harbour frozen"),
        ("body", "It is cold."),
        ("body", "Very."),
    ]
    assert not truncated


def test_words_after_the_limit_are_left_out_and_reported() -> None:
    """Words after the limit are not read, and the result reports it."""
    sentences, truncated = split_fields({"headline": "One two", "body": "three four five six"}, 4)
    assert [sentence.text for sentence in sentences] == ["One two", "three four"]
    assert truncated


def test_an_article_of_the_limit_is_not_truncated() -> None:
    """An article with exactly as many words as the limit is not truncated."""
    sentences, truncated = split_fields({"headline": "", "body": "one two three four  "}, 4)
    assert sentences[0].text == "one two three four"
    assert not truncated


def test_a_text_without_spaces_is_bounded() -> None:
    """The limit of words also bounds a text without spaces."""
    sentences, truncated = split_fields({"body": "x" * 100_000}, 10)
    assert sum(len(sentence.text) for sentence in sentences) <= 120
    assert truncated


def test_a_very_long_sentence_is_cut_after_a_word() -> None:
    """A table without a full stop, and a text without a space, are read completely, in parts."""
    table = "seventeen barges, " * 400
    parts = [*split_sentences("body", table)]
    assert all(len(part.text) <= MAX_SENTENCE and table[part.start : part.end] == part.text for part in parts)
    assert " ".join(part.text for part in parts) == table.strip()
    dump = "x" * (2 * MAX_SENTENCE + 1)
    assert [part.text for part in split_sentences("body", dump)] == ["x" * MAX_SENTENCE, "x" * MAX_SENTENCE, "x"]


def test_a_lone_surrogate_is_read() -> None:
    """Text with a lone surrogate is read, and its offsets are exact."""
    (sentence,) = split_sentences("body", "The \ud800 ferry")
    assert (sentence.start, sentence.end) == (0, 11)


@given(st.text(max_size=300))
def test_offsets_are_exact(text: str) -> None:
    """The offsets of each sentence give its text, except for line breaks, and sentences never overlap."""
    last = 0
    for sentence in split_sentences("body", text):
        original = text[sentence.start : sentence.end]
        assert len(original) == len(sentence.text)
        assert all(a == b or b in " \ufffd" for a, b in zip(original, sentence.text, strict=True))
        assert sentence.text == sentence.text.strip()
        assert sentence.start >= last
        last = sentence.end


@given(st.text(max_size=200), st.integers(min_value=0, max_value=50))
def test_every_word_is_read_or_reported(text: str, limit: int) -> None:
    """No visible character is left out unless the result is marked as truncated."""
    sentences, truncated = split_fields({"body": text}, limit)
    read = sum(len("".join(sentence.text.split())) for sentence in sentences)
    assert truncated or read == len("".join(text.split()))


@given(st.text(max_size=80) | st.text("aZ1_ .,'’&-sU\t\u00a0\u0301", max_size=80))
def test_the_bound_of_words_is_an_upper_bound(text: str) -> None:
    """The upper bound of the number of words is never below the real number."""
    assert len(list(find_words(text))) <= estimate_max_words(text)


def test_a_very_long_word_is_cut() -> None:
    """In every field, one very long word uses only its share of code points of the limit."""
    for fields in ({"body": "x" * 2_000}, {"headline": "A name", "body": "x" * 2_000}):
        sentences, truncated = split_fields(fields, 100)
        assert truncated
        assert sentences[-1].end <= 100 * MAX_WORD_LENGTH


@given(st.text("aBJ.\u00a0\u2009\u3000\u202f é\u2028", max_size=12))
def test_a_non_ascii_space_after_an_initial_is_read(text: str) -> None:
    """A non-ASCII space after an initial, which makes the library panic, is read like a space and stays in the text."""
    for sentence in split_sentences("body", f"Plan B\u00a0. {text}"):
        assert sentence.text == sentence.text.strip() != ""
    assert surfaces("There is no Plan B\u00a0. It failed.") == ["There is no Plan B\u00a0.", "It failed."]
