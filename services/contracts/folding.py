"""Folding of text: one form for the spellings that a reader takes for the same word or name.

It serves comparison only: what is published is always the text as written. Standard library only.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

INVISIBLE: Final = (
    "\u00ad"  # soft hyphen
    "\u034f"  # grapheme joiner
    "\u061c"  # Arabic letter mark
    "\u180b-\u180f"  # Mongolian selectors
    "\u200b-\u200f"  # zero-width space, joiners, marks of writing direction
    "\u202a-\u202e"
    "\u2060-\u206f"  # word joiner, isolates of writing direction
    "\ufe00-\ufe0f"  # variation selectors
    "\ufeff"  # byte order mark, or zero-width no-break space
    "\U000e0000-\U000e0fff"  # tags, variation selectors
)
"""Characters that a reader does not see, as ranges for a character class of a regular expression."""

APOSTROPHES: Final = "'’‘‛ʼʹ′´`＇"
"""Characters that texts use for an apostrophe."""

UNDECOMPOSED: Final = {
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ł": "l",
    "ı": "i",
    "ħ": "h",
    "ŧ": "t",
    "ŋ": "n",
    "ə": "a",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
}
"""Folded letters for which Unicode has no decomposition, with the letters that English copy writes instead."""

_ACCENTS = (
    "\u0300-\u0305\u0307-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u064b-\u065f\u0670"  # Arabic vowel signs
)
"""Marks that texts may leave out. Vowel signs of Indic and Thai script and the voicing marks of kana are letters."""

_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
# In Cyrillic the breve makes another letter: й is not и.
_ACCENT = re.compile(f"[{_ACCENTS}]+|(?<!и)\u0306")
_REPLACED = str.maketrans({**UNDECOMPOSED, **dict.fromkeys(APOSTROPHES, "'"), **dict.fromkeys("‐‑", "-")})


def fold(text: str) -> str:
    """Return the folded form: case, accents, compatibility forms and invisible characters make no difference.

    Letters with a stroke and ligatures become what English copy writes for them: Ø is o, Æ is ae, ß is ss. Curly
    apostrophes become straight.
    """
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", remove_invisible(text).translate(_REPLACED)).casefold()
    return unicodedata.normalize("NFC", _ACCENT.sub("", folded).translate(_REPLACED))


def remove_invisible(text: str) -> str:
    """Return the text without the characters that a reader does not see, such as soft hyphens."""
    return text if text.isascii() else _INVISIBLE.sub("", text)
