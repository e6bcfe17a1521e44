"""The lines of a text, with what rules ask of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

LINE = re.compile(r"[^\n]+")
WORDS = re.compile(r"\w+(?:[’'\-.]\w+)*")
BULLET = re.compile(r"(?:[*+•·▪●‣◦–—-]|\d{1,2}[.)])[ \t\u00a0]+")

TERMINALS = frozenset(".!?…。！？।؟۔")
CLOSERS = "\"'”’»)]›」』"
"""What may stand behind the end of a sentence."""

PROSE_WORDS = 9
"""A line of fewer words is as likely a title, an item or a name as a paragraph."""

UNSPACED_LETTERS_A_WORD = 2
"""Letters to a word in scripts that set no spaces, for the counting of words alone."""


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
    words: int = 0
    bullet: bool = False
    label: str | None = None
    """The rule that takes it out of the body."""
    confidence: float = 1.0
    key: str = field(default="")
    """What makes two lines the same: their letters without case, blanks and marks."""

    @property
    def is_sentence(self) -> bool:
        """Whether it ends like a sentence."""
        return self.text.rstrip(CLOSERS)[-1:] in TERMINALS

    @property
    def is_prose(self) -> bool:
        """Whether it reads like a paragraph of running text."""
        if self.words < PROSE_WORDS:
            return False
        return self.is_sentence or (self.words >= 3 * PROSE_WORDS and _is_punctuated(self.text))


def split_lines(text: str) -> list[Line]:
    """The lines that are not blank."""
    lines: list[Line] = []
    end = -2
    for match in LINE.finditer(text):
        whole = match.group()
        stripped = whole.strip()
        if not stripped:
            continue
        indent = len(whole) - len(whole.lstrip())
        start = match.start() + indent
        lines.append(
            Line(
                start=start,
                end=start + len(stripped),
                text=stripped,
                indent=indent,
                gap=text.count("\n", max(0, end), start) > 1 or not lines,
                words=count_words(stripped),
                bullet=BULLET.match(stripped) is not None,
                key=stripped.casefold(),
            )
        )
        end = start + len(stripped)
    return lines


def count_words(text: str) -> int:
    """Words of a line; where nearly nothing is spaced, estimated from the letters."""
    words = text.count(" ") + 1
    if len(text) > 20 * words:
        return max(words, sum(map(str.isalpha, text)) // UNSPACED_LETTERS_A_WORD)
    return words


def _is_punctuated(text: str) -> bool:
    """Whether a long line has marks within; a cloud of tags has none, and neither has a script without spaces."""
    return any(mark in text for mark in (", ", ". ", "; ", ": ", "، ")) or text.count(" ") * 20 < len(text)
