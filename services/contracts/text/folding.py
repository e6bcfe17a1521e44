"""Folding of text: one form for the spellings that a reader takes for the same word or name.

It serves comparison only: what is published is always the text as written. Standard library only. The time of each
function is in proportion to the length of the text, for every text.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from services.contracts.text.scripts import MARKS

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
"""Characters that texts use for an apostrophe; the first two are the common ones."""

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

STRETCHER: Final = "\u0640"
"""The Arabic tatweel, which makes a word longer on the line and is not part of its spelling."""

TYPOGRAPHY: Final = {
    **dict.fromkeys(APOSTROPHES, "'"),
    **dict.fromkeys("“”„‟″＂", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    STRETCHER: "",
}
"""Typographic characters, with the characters of a keyboard that mean the same."""

COMMON_TYPOGRAPHY: Final = "’‘“”–—´`"
"""The typographic characters of most English texts, and those in Latin-1. Without them most texts are ASCII or Latin-1,
which are folded several times as fast."""

SOFT_HYPHEN: Final = "\u00ad"

CASE_PAIRS: Final = {"i\u0307": "i", "ı": "i", **dict(zip("άέήίόύώΐΰ", "αεηιουωϊϋ", strict=True))}
"""Folding of case that depends on the language: the Turkish i has a dot in capitals too, and Greek has no accents in
capitals. The general folding of Unicode has neither."""

LONGEST_RUN: Final = 30
"""Maximum number of combining marks on one letter that count. No language needs more (Unicode Standard Annex 15,
Stream-Safe Text Format), and the time of `unicodedata.normalize` grows with the square of their number."""

_ACCENTS = (
    "\u0300-\u0305\u0307-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u064b-\u065f\u0670"  # Arabic vowel signs
)
"""Marks that texts may leave out. Vowel signs of Indic and Thai script and the voicing marks of kana are letters."""

_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
# In Cyrillic the breve makes another letter: й is not и.
_ACCENT = re.compile(f"[{_ACCENTS}]+|(?<!и)\u0306")
_REPLACED = str.maketrans(
    {**UNDECOMPOSED, **dict.fromkeys(APOSTROPHES, "'"), **dict.fromkeys("‐‑", "-"), STRETCHER: ""}
)
_TYPOGRAPHY = re.compile(f"[{INVISIBLE}{re.escape(''.join(TYPOGRAPHY))}]")
_CASE_PAIR = re.compile("|".join(CASE_PAIRS))
# Candidates only: few characters of the supplementary plane are marks, and almost none of these is in MARKS.
_LONG_RUN = re.compile(f"[{MARKS}\U00010000-\U0001ffff]{{{LONGEST_RUN},}}+")


def fold(text: str) -> str:
    """Return the folded form: case, accents, compatibility forms and invisible characters make no difference.

    Letters with a stroke and ligatures become what English copy writes for them: Ø is o, Æ is ae, ß is ss. Curly
    apostrophes become straight.
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    folded = unicodedata.normalize("NFKD", _limit_marks(remove_invisible(text)).translate(_REPLACED)).casefold()
    return unicodedata.normalize("NFC", _ACCENT.sub("", folded).translate(_REPLACED))


def compose(text: str) -> str:
    """Return the text in composed compatibility form (NFKC) and without invisible characters; letter case stays."""
    return text if text.isascii() else _compose(_limit_marks(remove_invisible(text)))


def remove_invisible(text: str) -> str:
    """Return the text without the characters that a reader does not see, such as soft hyphens."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def fold_case(text: str) -> str:
    """Fold letter case and typography, and nothing else: `año` is another word than `ano`.

    `STRASSE` equals `Straße`, a decomposed accent equals the composed letter, and full-width letters equal the usual
    ones (Unicode, compatibility caseless matching). Curly quotation marks become straight, and dashes become hyphens.
    """
    for mark in COMMON_TYPOGRAPHY if not text.isascii() else ():
        text = text.replace(mark, TYPOGRAPHY[mark])
    if text.isascii():
        return text.lower().replace("`", "'")
    if is_latin(text):
        return _compose(_compose(text.replace(SOFT_HYPHEN, "")).casefold())
    plain = _limit_marks(_TYPOGRAPHY.sub(lambda found: TYPOGRAPHY.get(found[0], ""), text))
    folded = _compose(_compose(plain).casefold())
    return _compose(_CASE_PAIR.sub(lambda found: CASE_PAIRS[found[0]], folded))


def is_latin(text: str) -> bool:
    """Return whether all characters are in the first 256 of Unicode (Latin-1), which have no combining marks."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _compose(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _limit_marks(text: str) -> str:
    """Return the text with at most LONGEST_RUN combining marks on one letter."""
    return _LONG_RUN.sub(_cut_run, text)


def _cut_run(run: re.Match[str]) -> str:
    kept = []
    marks = 0
    for letter in run[0]:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= LONGEST_RUN:
            kept.append(letter)
    return "".join(kept)


def replace_surrogates(text: str) -> str:
    """Replace each lone half of a surrogate pair, such as of an emoji that a page cut: UTF-8 cannot encode it."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
