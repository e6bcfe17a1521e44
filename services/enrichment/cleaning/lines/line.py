"""The lines of a text, with what the rules need to know of each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.contracts.text.scripts import UNSPACED
from services.enrichment.cleaning.lines.phrases import EDGES

LINE = re.compile(r"[^\n]+")
BULLET = re.compile(r"(?:[*+o•·▪●‣◦–—-]|\d{1,2}[.)])[ \t\u00a0]+")

TERMINALS = frozenset([*".!?…。！？।؟۔"])
CLOSERS = "\"'”’»)]›」』\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
"""Quotation marks, brackets and marks of writing direction that can follow the end of a sentence."""

MIN_PROSE_WORDS = 9
"""Minimum number of words of a paragraph; a shorter line is as likely a title, an item or a name."""

UNSPACED_LETTER = re.compile(f"[{UNSPACED}]")

MIN_UNFINISHED_PROSE_WORDS = 27
"""Minimum number of words of a paragraph that does not end like a sentence."""

UNSPACED_LETTERS_A_WORD = 2
"""Number of letters that count as one word in scripts without spaces; used only to count words."""

MAX_LINES = 4_000
"""Maximum number of lines that are split; the rest of the text is one more line, so that a million line breaks cost no
more than an article. An article has some hundred lines, the dump of a large page two thousand."""


@dataclass(slots=True)
class Line:
    """One line of a text without the blanks around it; `start` and `end` are its half-open place in the text."""

    start: int
    end: int
    text: str
    indent: int
    """Number of blanks before the line."""
    has_gap_before: bool
    """True if an empty line precedes the line, or if it is the first line."""
    words: int
    is_item: bool
    """True if the line begins with the mark of a list's item."""
    key: str
    """The case-folded text; two lines with the same key are copies."""
    bare: str
    """The key without an item's mark and without the marks and figures at both ends."""
    is_sentence: bool
    """True if the line ends like a sentence."""
    is_prose: bool
    """True if the line reads like a paragraph of running text."""
    label: str | None = None
    """The rule that removes the line from the body."""
    confidence: float = 1.0
    """Confidence in the label."""


def split_lines(text: str) -> list[Line]:
    """Return the lines of a text that are not blank, at most `MAX_LINES` and the rest of the text as one more."""
    lines: list[Line] = []
    breaks = position = 0
    for match in LINE.finditer(text):
        # Between two matches there are only line breaks.
        breaks += match.start() - position
        position = match.end()
        last = position if len(lines) < MAX_LINES else len(text)
        line = _build_line(text, match.start(), last, has_gap_before=breaks > 1 or not lines)
        if line is not None:
            lines.append(line)
            breaks = 0
        if last == len(text):
            break
    return lines


def _build_line(text: str, start: int, end: int, *, has_gap_before: bool) -> Line | None:
    """Return the line text[start:end], or None if it is blank."""
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
        has_gap_before=has_gap_before,
        words=words,
        is_item=item is not None,
        key=key,
        bare=(key[item.end() :] if item else key).strip(EDGES),
        is_sentence=is_sentence,
        is_prose=words >= MIN_PROSE_WORDS
        and (is_sentence or (words >= MIN_UNFINISHED_PROSE_WORDS and _is_punctuated(stripped))),
    )


def count_words(text: str) -> int:
    """Return the number of words of a line; in scripts without spaces, an estimate from the number of letters."""
    words = text.count(" ") + 1
    if text.isascii():
        return words
    return max(words, sum(1 for _ in UNSPACED_LETTER.finditer(text)) // UNSPACED_LETTERS_A_WORD)


def _is_punctuated(text: str) -> bool:
    """Return whether a long line has punctuation inside, which a list of tags has not.

    Lines in scripts without spaces count as punctuated.
    """
    return any(mark in text for mark in (", ", ". ", "; ", ": ", "، ")) or UNSPACED_LETTER.search(text) is not None
