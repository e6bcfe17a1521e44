"""A text made from the raw text, with a map from its offsets to the offsets in the raw text."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from itertools import islice

from services.contracts.text.references import REFERENCE
from services.errors import PermanentError

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u2028\u2029\u2060\ufeff]")
"""Control characters that are removed: C0 and C1 without newline and tab, Unicode's line and paragraph separators, the
byte order mark, and the soft hyphens and zero-width blanks that split words. The controls of writing direction stay,
because right-to-left text cannot be read without them, and so do the joiners of Indian and Arabic scripts."""

CONTROL_OR_REFERENCE = re.compile(f"{CONTROL.pattern}|{REFERENCE.pattern}")

LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
"""Control characters that break a line."""

MAX_CONTROLS = 50_000
"""Maximum number of control characters of a text; an input with more is binary data. 1,048,576 characters in lines of
twenty letters that end with a carriage return have this many."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the text that is the same, letter for letter, in the raw text; half open."""

    start: int
    end: int
    raw_start: int

    @property
    def raw_end(self) -> int:
        """The end of the stretch in the raw text."""
        return self.raw_start + self.end - self.start


class MappedText:
    """A text and its segments, which are in the order of both the text and the raw text."""

    __slots__ = ("_starts", "segments", "text")

    def __init__(self, text: str, segments: tuple[Segment, ...]) -> None:
        self.text = text
        self.segments = segments
        self._starts = [segment.start for segment in segments]

    def find_segments(self, start: int, end: int) -> Sequence[Segment]:
        """Return the segments within text[start:end], clipped to it."""
        first = max(0, bisect_right(self._starts, start) - 1)
        found = list(self.segments[first : bisect_left(self._starts, end, first)])
        if found and found[0].start < start:
            found[:1] = self._clip(found[0], start, end)
        if found and found[-1].end > end:
            found[-1:] = self._clip(found[-1], start, end)
        return found

    def find_place(self, start: int, end: int) -> int | None:
        """Return the place in the raw text of the first character of text[start:end] that the raw text has."""
        for index in range(max(0, bisect_right(self._starts, start) - 1), len(self.segments)):
            segment = self.segments[index]
            if segment.start >= end:
                return None
            if segment.end > start:
                return segment.raw_start + max(0, start - segment.start)
        return None

    @staticmethod
    def _clip(segment: Segment, start: int, end: int) -> tuple[Segment, ...]:
        first, last = max(start, segment.start), min(end, segment.end)
        return (Segment(first, last, segment.raw_start + first - segment.start),) if first < last else ()


def has_references(raw: str) -> bool:
    """Return whether a text has character references, at most `MAX_CONTROLS`, because it was cut out of a page."""
    return 0 < sum(1 for _ in islice(REFERENCE.finditer(raw), MAX_CONTROLS + 1)) <= MAX_CONTROLS


def map_text(raw: str, *, is_encoded: bool = False) -> MappedText:
    """Return the raw text without control characters; if it is encoded, its character references are decoded.

    Each line break becomes a newline. Raises PermanentError if there are more than `MAX_CONTROLS` control characters.
    """
    if not is_encoded and not CONTROL.search(raw):
        return MappedText(raw, (Segment(0, len(raw), 0),) if raw else ())
    if sum(1 for _ in islice(CONTROL.finditer(raw), MAX_CONTROLS + 1)) > MAX_CONTROLS:
        raise PermanentError(f"the text has more than {MAX_CONTROLS} control characters")
    parts: list[str] = []
    segments: list[Segment] = []
    length = position = 0
    for found in (CONTROL_OR_REFERENCE if is_encoded else CONTROL).finditer(raw):
        length = _append(raw, position, found.start(), length, parts, segments)
        position = found.end()
        shown = _decode(found.group(), is_before_newline=raw.startswith("\n", position))
        parts.append(shown)
        length += len(shown)
    _append(raw, position, len(raw), length, parts, segments)
    return MappedText("".join(parts), tuple(segments))


def _decode(mark: str, *, is_before_newline: bool) -> str:
    """Return the text that replaces a control character or a character reference."""
    if mark.startswith("&"):
        decoded = CONTROL.sub("", unescape(mark))
        return " " if decoded.isspace() else decoded
    return "\n" if LINE_BREAKS.match(mark) and not is_before_newline else ""


def _append(raw: str, start: int, end: int, length: int, parts: list[str], segments: list[Segment]) -> int:
    """Append raw[start:end] to a text of `length` characters and return the new length."""
    if start < end:
        parts.append(raw[start:end])
        segments.append(Segment(length, length + end - start, start))
    return length + end - start
