"""Joining of the lines of a dump that has one line for each text node of a page.

In such a dump each link and each word in italics within a sentence is a line of its own. The dump is recognised by
lines that begin with a comma or a full stop: no writer and no line wrapping produces them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.enrichment.cleaning.lines.line import CLOSERS, TERMINALS
from services.enrichment.cleaning.offset_map import MappedText, Segment

CLOSING = re.compile(r"[,.;:!?)\]’”»…%](?![.\d])")
"""A mark at the start of a line that belongs to the word before it."""

MIN_CLOSING = 3
"""Minimum number of lines that begin with a closing mark, for a text to be such a dump."""

TAIL = 200
"""Number of characters at the end of the text before a line that decide whether the line continues that text."""

MIN_WORDS = 3
"""Minimum number of words of a line that the next one can continue."""

MAX_LINK_WORDS = 12
"""Maximum number of words of a link within a sentence."""

MAX_PIECES = 5_000
"""Maximum number of pieces that are joined; a text with more is no article, and is returned unchanged."""

OPENING = ("(", "[", "“", "„", "«", ",", "—", "–")
"""Marks at the end of a text that the next line continues."""


def join_fragments(mapped: MappedText) -> MappedText:
    """Return the text with the lines of each sentence joined; a text that is no such dump is returned unchanged."""
    lines = mapped.text.split("\n")
    if sum(1 for line in lines if CLOSING.match(line.lstrip())) < MIN_CLOSING:
        return mapped
    pieces = _find_pieces(lines)
    if len(pieces) > MAX_PIECES:
        return mapped
    parts: list[str] = []
    segments: list[Segment] = []
    length = 0
    for joint, start, end in pieces:
        parts += [joint, mapped.text[start:end]]
        shift = length + len(joint) - start
        found = mapped.find_segments(start, end)
        segments += [Segment(part.start + shift, part.end + shift, part.raw_start) for part in found]
        length += len(joint) + end - start
    return MappedText("".join(parts), tuple(segments))


def _find_pieces(lines: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return the places of the pieces of the text, each with the mark that joins it to the piece before."""
    texts = [line.strip() for line in lines]
    pieces: list[tuple[str, int, int]] = []
    position = 0
    before = ""
    for number, line in enumerate(lines):
        after = texts[number + 1] if number + 1 < len(texts) else ""
        joint = _find_joint(before, texts[number], after) if number else ""
        end = position + len(line)
        if joint == "\n":
            before = texts[number]
            pieces[-1] = (pieces[-1][0], pieces[-1][1], end)
        else:
            before = f"{before[-TAIL:]}{joint}{texts[number]}"
            pieces.append((joint, end - len(line.lstrip()), end))
        position = end + 1
    return pieces


def _find_joint(before: str, text: str, after: str) -> str:
    """Return what is between a line and the text before: nothing, a space, or a line break."""
    if before and text and CLOSING.match(text):
        return ""
    if not before or not text or _ends_sentence(before):
        return "\n"
    is_sentence = before.count(" ") + 1 >= MIN_WORDS
    if text[0].islower():
        return " " if is_sentence or text.count(" ") > 0 else "\n"
    is_link = is_sentence and text.count(" ") < MAX_LINK_WORDS
    is_within = before.endswith(OPENING) or text in OPENING or (not _ends_sentence(text) and _continues(after))
    return " " if is_link and is_within else "\n"


def _continues(text: str) -> bool:
    """Return whether a line goes on in the middle of a sentence."""
    return bool(text) and (text[0].islower() or text[0] in "([" or CLOSING.match(text) is not None)


def _ends_sentence(text: str) -> bool:
    return text.rstrip(CLOSERS)[-1:] in TERMINALS
