"""Cutting of text into word pieces."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from services.enrichment.models import casing
from services.enrichment.models.piece_cutter import PieceCutter, join_tokens
from services.enrichment.models.pieces import find_touching
from services.enrichment.words import find_words

VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "the",
    "fer",
    "##ry",
    "left",
    "tarnby",
    "'",
    "s",
    ".",
    "u",
    "[",
    "]",
    "sep",
]


@pytest.fixture(scope="module")
def cutter() -> PieceCutter:
    tokenizer = Tokenizer(WordPiece({piece: index for index, piece in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.add_special_tokens(["[CLS]", "[SEP]"])
    tokenizer.enable_truncation(4)
    return PieceCutter.from_json(tokenizer.to_str())


def test_words_are_read_at_their_first_piece(cutter: PieceCutter) -> None:
    """A word's head is the first of its pieces."""
    pieces = cutter.cut("The ferry left")
    assert [VOCABULARY[index] for index in pieces.ids] == ["the", "fer", "##ry", "left"]
    assert pieces.heads == [0, 1, 3]


def test_truncation_in_the_file_is_ignored(cutter: PieceCutter) -> None:
    """A sentence is never truncated, even if tokenizer.json asks for it."""
    assert len(cutter.cut("left " * 50).ids) == 50


def test_a_special_piece_in_the_text_is_text(cutter: PieceCutter) -> None:
    """The text "[SEP]" in an article is three ordinary pieces."""
    assert [VOCABULARY[index] for index in cutter.cut("[SEP]").ids] == ["[", "sep", "]"]


def test_tokens_and_text_give_the_same_pieces(cutter: PieceCutter) -> None:
    """Gold tokens give the same pieces as their running text."""
    tokens = ["Tarnby", "'s", "ferry", "left", "."]
    joined, text = cutter.cut_tokens(tokens), cutter.cut("Tarnby's ferry left.")
    assert (joined.ids, joined.casings) == (text.ids, text.casings)


def test_a_word_of_control_characters_has_no_piece(cutter: PieceCutter) -> None:
    """A word of characters that the vocabulary's normaliser drops has no head."""
    assert cutter.cut("left \x07 left").heads == [0, -1, 1]


def test_each_piece_has_the_casing_of_its_word(cutter: PieceCutter) -> None:
    """All pieces of a word have the word's casing."""
    assert cutter.cut("Ferry LEFT").casings == [casing.TITLE, casing.TITLE, casing.UPPER]


@given(st.text(max_size=120))
def test_pieces_are_in_order_within_the_text(text: str) -> None:
    """Pieces and words are in order and inside the text, and each head is a piece within its word."""
    tokenizer = Tokenizer(WordPiece({piece: index for index, piece in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    pieces = PieceCutter(tokenizer).cut(text)
    assert len(pieces.ids) == len(pieces.casings) == len(pieces.offsets) == len(pieces.groups)
    assert all(0 <= a <= b <= len(text) for a, b in pieces.offsets)
    for (start, end), head in zip(pieces.words, pieces.heads, strict=True):
        assert text[start:end] == text[start:end].strip() != ""
        assert head == -1 or start <= pieces.offsets[head][0] < end


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Lindqvist's U.S. trip", ["Lindqvist", "'s", "U.S.", "trip"]),
        ("O’Neill of AT&T paid 6,000.50", ["O’Neill", "of", "AT&T", "paid", "6,000.50"]),
        ("(Tarnby-born)", ["(", "Tarnby", "-", "born", ")"]),
        ("the U.S.", ["the", "U.S."]),
        ("J.K. Olsen", ["J.K.", "Olsen"]),
        ("it's 5 p.m", ["it", "'s", "5", "p.m"]),
    ],
)
def test_words_of_running_text(text: str, words: list[str]) -> None:
    """Acronyms, numbers and names with apostrophes are one word; possessives and hyphens are words of their own."""
    assert [text[start:end] for start, end in find_words(text)] == words


@given(st.text(max_size=200))
def test_words_cover_every_visible_character(text: str) -> None:
    """Each character except whitespace is in a word, and words never overlap."""
    covered = "".join(text[start:end] for start, end in find_words(text))
    assert covered == "".join(text.split())


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("ferry", casing.LOWER),
        ("Ferry", casing.TITLE),
        ("UN", casing.UPPER),
        ("McGee", casing.MIXED),
        ("iPhone", casing.MIXED),
        ("2026", casing.DIGIT),
        ("A", casing.INITIAL),
        (".", casing.OTHER),
        ("中", casing.OTHER),
        ("", casing.OTHER),
    ],
)
def test_casing_classes(word: str, expected: int) -> None:
    """Each way of writing a word has its class."""
    assert casing.classify_casing(word) == expected


def test_joined_tokens_have_their_spans() -> None:
    """Joined tokens have the right spans in the text."""
    text, spans = join_tokens(["a", "bc", ""])
    assert [text[start:end] for start, end in spans] == ["a", "bc", ""]


def test_a_stripped_tokenizer_cannot_change_pieces() -> None:
    """A stripped tokenizer.json has no truncation, no padding and no special pieces."""
    from services.enrichment.models.piece_cutter import strip_tokenizer

    stripped = strip_tokenizer({"truncation": {"max_length": 4}, "padding": {}, "added_tokens": [1], "model": {}})
    assert json.dumps(stripped, sort_keys=True) == json.dumps(
        {"added_tokens": [], "model": {}, "padding": None, "post_processor": None, "truncation": None}
    )


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(" \t\n\r.'\u00a0\u0301"), max_size=60))
def test_chunks_give_the_pieces_of_the_whole_text(cutter: PieceCutter, text: str) -> None:
    """Cutting at spaces, with a cache of chunks, gives the same pieces as the library for the whole text."""
    whole = cutter._tokenizer.encode(text, add_special_tokens=False)
    for pieces in (cutter.cut(text), cutter.cut(text)):
        assert pieces.ids == whole.ids
        assert pieces.offsets == whole.offsets
        assert pieces.groups == [-1 if group is None else group for group in whole.word_ids]
        assert pieces.words == list(find_words(text))


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(" \t\n\r.'\u00a0\u0301\x07"), max_size=60))
def test_run_time_and_training_read_the_same_pieces(cutter: PieceCutter, text: str) -> None:
    """The compact form of a sentence, which run time uses, has the same pieces, words and positions as the full one."""
    read = cutter.cut_many(["Tarnby's ferry", text, "left"])
    assert [cutter.count(each) for each in (text, "x" * 40)] == [len(read[1].ids), len(cutter.cut("x" * 40).ids)]
    _, row, _ = read
    pieces = cutter.cut(text)
    assert row.ids.tolist() == pieces.ids and row.casings.tolist() == pieces.casings
    assert row.kept.tolist() == pieces.kept.tolist()
    places = [word for word, head in zip(pieces.words, pieces.heads, strict=True) if head >= 0]
    assert row.texts == [text[start:end] for start, end in places]
    for first in range(len(places)):
        for last in range(first, min(len(places), first + 3)):
            start, end = places[first][0], places[last][1]
            assert row.locate(first, last + 1) == ((start, end), find_touching(pieces.offsets, start, end))
