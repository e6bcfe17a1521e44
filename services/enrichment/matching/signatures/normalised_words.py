"""Normalised words: equal for two copies of an article that differ only in typography, spacing and letter case."""

from __future__ import annotations

import re

import numpy as np

from services.contracts.text.folding import compose, remove_invisible
from services.contracts.text.scripts import UNSPACED

WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")
"""Pattern of a word. In scripts without spaces a whole clause would be one word, so each letter counts as a word."""

MARKS = "“”‘’–—…•£€\u00a0"
"""Marks that are outside ASCII, common in English copy and never part of a word. Without them most texts are ASCII,
which is normalised several times as fast."""

PARAGRAPH_BREAK = "\n\n"

ASCII = "".join(chr(code).lower() if WORD.fullmatch(chr(code)) else " " for code in range(128))
"""Replacement of each ASCII character: its lower case when it can be part of a word, else a blank."""
ASCII_LINES = bytes(code if code == ord("\n") else ord(ASCII[code]) for code in range(128)).ljust(256)
"""The same replacements as a table of bytes, except that line breaks stay."""

_BLANK, _END = b" \n"


def normalise(text: str) -> list[str]:
    """Return the words of a text so that copies of it have equal words.

    The text is normalised (NFKC) and case-folded, and only runs of word characters stay: quotation marks, dashes,
    spaces, markup, invisible characters and letter case change between copies. In scripts without spaces each letter
    is a word.
    """
    text = drop_marks(remove_invisible(text))
    if text.isascii():
        return text.translate(ASCII).split()
    return WORD.findall(compose(text).casefold())


def normalise_paragraphs(text: str) -> list[bytes]:
    """Return the words of each paragraph that has any, in UTF-8 with one blank between two."""
    text = drop_marks(remove_invisible(text))
    if text.isascii():
        return _normalise_ascii(text)
    return [" ".join(words).encode() for words in map(normalise, text.split(PARAGRAPH_BREAK)) if words]


def _normalise_ascii(text: str) -> list[bytes]:
    """Normalise all paragraphs in one step; no string is built for a word, which halves the time."""
    letters = np.frombuffer(bytearray(text.encode().translate(ASCII_LINES)), np.uint8)
    is_of_word, is_end = letters > _BLANK, letters == _END
    is_break = is_end[1:] & is_end[:-1]
    # Between two words only the first character and the paragraph breaks stay.
    kept = is_of_word.copy()
    kept[1:] |= is_of_word[:-1]
    kept[1:] |= is_break
    letters[1:][is_break] = 0
    parts = letters[kept].tobytes().replace(b"\n", b" ").split(b"\0")
    return [words for part in parts if (words := part.strip(b" "))]


def drop_marks(text: str) -> str:
    """Return the text with blanks in place of `MARKS`, which makes most English texts ASCII."""
    if not text.isascii():
        for mark in MARKS:
            text = text.replace(mark, " ")
    return text
