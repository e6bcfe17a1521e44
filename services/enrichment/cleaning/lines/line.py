"""The lines of a text, with what rules ask of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.contracts.scripts import UNSPACED
from services.enrichment.cleaning.lines.phrases import EDGES

LINE = re.compile(r"[^\n]+")
BULLET = re.compile(r"(?:[*+o•·▪●‣◦–—-]|\d{1,2}[.)])[ \t\u00a0]+")

TERMINALS = frozenset([*".!?…。！？।؟۔"])
CLOSERS = "\"'”’»)]›」』\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
"""What may stand behind the end of a sentence."""

PROSE_WORDS = 9
"""A line of fewer words is as likely a title, an item or a name as a paragraph."""

UNSPACED_LETTER = re.compile(f"[{UNSPACED}]")

LONG_WORDS = 27
"""A line of so many words is a paragraph although it does not end like a sentence."""

UNSPACED_LETTERS_A_WORD = 2
"""Letters to a word in scripts that set no spaces, for the counting of words alone."""


MOST_LINES = 4_000
"""Lines that are looked at one by one; an article has some hundred, the dump of a large page two thousand. What lies
behind them is one line more, so that a mebi-character of line ends costs no more than an article."""


@dataclass(slots=True)
class Line:
    """One line without the blanks around it; places are those of the view, half open."""

    start: int
    end: int
    text: str
    indent: int
    """Blanks before it."""
    gap: bool
    """Whether an empty line stands before it, or nothing at all."""
    words: int
    bullet: bool
    """Whether it is marked as an item."""
    key: str
    """What makes two lines the same: their letters without case."""
    bare: str
    """The key without the marks and figures around it."""
    is_sentence: bool
    """Whether it ends like a sentence."""
    is_prose: bool
    """Whether it reads like a paragraph of running text."""
    label: str | None = None
    """The rule that takes it out of the body."""
    confidence: float = 1.0


def split_lines(text: str) -> list[Line]:
    """The lines that are not blank."""
    lines: list[Line] = []
    end = -1
    for match in LINE.finditer(text):
        start = match.start()
        last = match.end() if len(lines) < MOST_LINES else len(text)
        line = _build_line(text, start, last, gap=text.count("\n", max(0, end), start) > 1 or end < 0)
        if line is not None:
            lines.append(line)
            end = line.end
        if last == len(text):
            break
    return lines


def _build_line(text: str, start: int, end: int, *, gap: bool) -> Line | None:
    whole = text[start:end]
    stripped = whole.strip()
    if not stripped:
        return None
    indent = len(whole) - len(whole.lstrip())
    words = count_words(stripped)
    item = BULLET.match(stripped)
    key = stripped.casefold()
    is_sentence = stripped.rstrip(CLOSERS)[-1:] in TERMINALS
    return Line(
        start=start + indent,
        end=start + indent + len(stripped),
        text=stripped,
        indent=indent,
        gap=gap,
        words=words,
        bullet=item is not None,
        key=key,
        bare=(key[item.end() :] if item else key).strip(EDGES),
        is_sentence=is_sentence,
        is_prose=words >= PROSE_WORDS and (is_sentence or (words >= LONG_WORDS and _is_punctuated(stripped))),
    )


def count_words(text: str) -> int:
    """Words of a line; in scripts that set no spaces, estimated from the letters."""
    words = text.count(" ") + 1
    if text.isascii():
        return words
    return max(words, sum(1 for _ in UNSPACED_LETTER.finditer(text)) // UNSPACED_LETTERS_A_WORD)


def _is_punctuated(text: str) -> bool:
    """Whether a long line has marks within; a cloud of tags has none, and scripts without spaces need none."""
    return any(mark in text for mark in (", ", ". ", "; ", ": ", "، ")) or UNSPACED_LETTER.search(text) is not None
