"""The text that the encoder reads instead of a field, with exact offsets into the field.

The encoder's vocabulary takes a word with an emoji for one unknown word, and a soft hyphen or a detached accent would
cut a name in two. Here accents are composed, invisible characters left out, ligatures written in full, and symbols at a
letter replaced by blanks. What is published is always the field as written.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from services.contracts.text.folding import APOSTROPHES, INVISIBLE, LONGEST_RUN, remove_invisible

ACCENTS: Final = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\ufe20-\ufe2f"
"""Marks that follow the letter that they belong to, as ranges for a character class of a regular expression."""

COMPATIBLE: Final = "\ufb00-\ufb06\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff"
"""Ligatures, letters of full width, and letters of mathematical fonts, as ranges of a character class."""

SYMBOLS: Final = (
    "©®\u2120\u2122\u2190-\u23ff\u2460-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\ue000-\uf8ff\ufffc\ufffd\U0001f000-\U0001faff"
)
"""Trade marks, arrows, shapes, emoji and private characters, as ranges of a character class."""

_UNCOMMON = re.compile("[^\\x00-\\x7f’‘“”–—…éáíóúüöäñç]")
"""Characters other than the commonest of English copy: few, so that a text without special ones costs little time."""

_SPECIAL = re.compile(f"[{INVISIBLE}{ACCENTS}{COMPATIBLE}{SYMBOLS}{APOSTROPHES[2:]}]")
_EDITED = re.compile(f"\\w(?:[{INVISIBLE}]*[{ACCENTS}]){{1,{LONGEST_RUN}}}|[{INVISIBLE}{ACCENTS}]+|[{COMPATIBLE}]")
_ACCENT = re.compile(f"[{ACCENTS}]+")
_GLUED_SYMBOLS = re.compile(f"(?<=[^\\W\\d_])[{SYMBOLS}]+|[{SYMBOLS}]+(?=[^\\W\\d_])")
_INNER_APOSTROPHE = re.compile(f"(?<=[^\\W\\d_])[{APOSTROPHES[2:]}](?=[^\\W\\d_])")


class Edit(NamedTuple):
    """A change: code points `start` to `end` of the readable text replace those of the field, both half open."""

    start: int
    end: int
    field_start: int
    field_end: int


@dataclass(frozen=True, slots=True)
class ReadableText:
    """A field as written and as read, with the edits that changed its length, in order."""

    written: str
    text: str
    edits: tuple[Edit, ...] = ()

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the field that reads as the code points `start` to `end`; both are half open."""
        if not self.edits:
            return start, end
        return self._find(start)[0], self._find(end - 1)[1]

    def _find(self, place: int) -> tuple[int, int]:
        """Return the span of the field that reads as one code point."""
        index = bisect_right(self.edits, place, key=lambda edit: edit.start) - 1
        if index < 0:
            return place, place + 1
        edit = self.edits[index]
        if place < edit.end:
            return edit.field_start, edit.field_end
        written = edit.field_end + place - edit.end
        return written, written + 1


def make_readable(field: str) -> ReadableText:
    """Return the readable text of a field."""
    if field.isascii() or not _SPECIAL.search("".join(set(_UNCOMMON.findall(field)))):
        return ReadableText(field, field)
    text, edits = _replace(field) if _EDITED.search(field) else (field, ())
    text = _GLUED_SYMBOLS.sub(_blank_out, text)
    return ReadableText(field, _INNER_APOSTROPHE.sub("’", text), edits)


def _replace(field: str) -> tuple[str, tuple[Edit, ...]]:
    parts: list[str] = []
    edits: list[Edit] = []
    position = length = 0
    for match, reading in _find_edits(field):
        start, end = match.span()
        length += start - position
        parts += field[position:start], reading
        edits.append(Edit(length, length + len(reading), start, end))
        length += len(reading)
        position = end
    parts.append(field[position:])
    return "".join(parts), tuple(edits)


def _find_edits(field: str) -> Iterator[tuple[re.Match[str], str]]:
    """Yield each part of a field that is read in another way, with its reading."""
    for match in _EDITED.finditer(field):
        yield match, _ACCENT.sub("", unicodedata.normalize("NFKC", remove_invisible(match.group())))


def _blank_out(match: re.Match[str]) -> str:
    return " " * len(match.group())
