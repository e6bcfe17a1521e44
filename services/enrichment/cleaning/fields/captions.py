"""Captions and bylines: what a line says about a picture, and who wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass

CREDIT = re.compile(
    r"[(\[]?(?:"
    r"(?:File )?(?:Photo(?:graph(?:er|y)?)?s?|Image|Picture|Pic|Illustration|Graphic|Video|Credit|Source)"
    r"(?: credit)?(?::| by\b| courtesy of\b| courtesy\b)"
    r"|(?:AP|UPI|AFP|EPA|Reuters|REUTERS)(?: File)? (?:Photo|photo|Images?)\b|(?:REUTERS|Reuters)/"
    r"|(?:Associated Press|Getty Images|Shutterstock|Alamy|iStock|EPA-EFE|Bloomberg via Getty|AFP via Getty|Pool via)"
    r"(?=[/)\]. ]|$)"
    r"|©"
    r")"
)
"""Where the credit of a picture begins."""

MARKS = (
    "hoto",
    "mage",
    "ictur",
    "Pic",
    "llustration",
    "raphic",
    "ideo",
    "redit",
    "ource",
    "AP",
    "UPI",
    "AFP",
    "EPA",
    "euters",
    "REUTERS",
    "Press",
    "Getty",
    "Shutterstock",
    "Alamy",
    "iStock",
    "Pool",
    "©",
)
"""One of these stands in every credit; looked for first because most lines have none."""

INTRODUCTION = re.compile(
    r"[(\[]?(?:(?:File )?(?:Photo(?:graph)?s?|Image|Picture|Illustration|Graphic|Video|Credit)(?: credit)?"
    r"(?::| by\b| courtesy(?: of)?\b)[ \u00a0]?)|[(\[]|©[ \u00a0]?"
)
"""What introduces a credit without being part of it."""

LONGEST_CREDIT = 160
"""Characters; a credit is a name or two."""

LONGEST_CAPTION = 1_200

SENTENCE_END = re.compile(r"[.!?…)\]\"”’|:/–—-][ \u00a0\t]*$|^[ \u00a0\t]*$")
"""What stands before a credit: the end of the caption's sentence, or nothing."""

NAME_WORD = r"[A-Z\u00c0-\u00de][\w\u00c0-\u024f.’'-]{0,30}"
NO_NAME = "AND |Updated |Published |Posted "
"""Words behind a name that are none of it, although they begin with a capital."""

NAME = re.compile(
    rf"{NAME_WORD}(?: (?!{NO_NAME})(?:{NAME_WORD}|de|da|di|del|della|van|von|der|den|bin|al|el|la|le)){{1,4}}"
)
BYLINE = re.compile(
    r"(?:By|BY|by|Written by|Reported by|Story by|Words by|Von|Par|Por|De|Di)[ \u00a0:]+(?=[A-Z\u00c0-\u00de])"
)
JOINT = re.compile(r", |; | \| | & | (?:and|AND|und|et|y|e) ")
LONGEST_BYLINE_WORDS = 16
TITLE = re.compile(
    r"\b(?:press|writers?|reporters?|correspondents?|editors?|economist|director|professor|staff|news|agency|images|service"
    r"|association|reuters|analyst|columnist|contributors?|bureau|desk|minister|president|chief)\b",
    re.IGNORECASE,
)
"""What tells a title or an agency from a name."""


@dataclass(frozen=True, slots=True)
class FoundCaption:
    """Where in a line the caption's text and its credit stand."""

    text_end: int
    credit_start: int
    credit: str


def find_caption(text: str) -> FoundCaption | None:
    """The caption that a line is, known by the credit at its end; None when it is something else."""
    if len(text) > LONGEST_CAPTION:
        return None
    if not _has_mark(text[-LONGEST_CREDIT:]):
        return None
    for match in CREDIT.finditer(text, max(0, len(text) - LONGEST_CREDIT)):
        before = text[: match.start()]
        credit = text[match.start() :]
        if SENTENCE_END.search(before) and _is_credit(credit):
            bare = INTRODUCTION.sub("", credit, count=1).strip(" \u00a0.)]|")
            return FoundCaption(len(before.rstrip(" \u00a0\t|/–—-")), match.start(), bare or credit)
    return None


def _has_mark(tail: str) -> bool:
    for mark in MARKS:  # noqa: SIM110 - a generator takes twice the time, and every line is asked
        if mark in tail:
            return True
    return False


def find_names(text: str) -> list[tuple[int, int]] | None:
    """Where the names stand in a byline such as "By Ann Lee and Bo Ek, Staff Writer"; None when it is none."""
    match = BYLINE.match(text)
    if match is None or len(text.split()) > LONGEST_BYLINE_WORDS or text[-1:] in "!?;":
        return None
    names = [
        (found.start(), found.end())
        for part in _parts(text, match.end())
        if (found := NAME.match(text, part)) and not TITLE.search(found.group())
    ]
    return names or None


def _parts(text: str, start: int) -> list[int]:
    """Where the names of a byline can begin."""
    return [start, *(found.end() for found in JOINT.finditer(text, start))]


def _is_credit(text: str) -> bool:
    words = text.split()
    if len(words) > 16:
        return False
    return ". " not in text.rstrip(" .")[2:] or len(words) <= 8
