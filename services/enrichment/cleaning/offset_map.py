"""A text made from the raw text, with a map from its offsets to the offsets in the raw text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from itertools import islice

from services.errors import PermanentError

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u2028\u2029\u2060\ufeff]")
"""Control characters that are removed: C0 and C1 without newline and tab, Unicode's line and paragraph separators, the
byte order mark, and the soft hyphens and zero-width blanks that split words. The controls of writing direction stay,
because right-to-left text cannot be read without them, and so do the joiners of Indian and Arabic scripts."""

REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
"""A character reference, which a text has that was cut out of a page. The mark at its end is needed, so that the
parameters of an address are none."""

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
        if len(self.segments) == 1:
            return self._clip(self.segments[0], start, end)
        found: list[Segment] = []
        for index in range(max(0, bisect_right(self._starts, start) - 1), len(self.segments)):
            segment = self.segments[index]
            if segment.start >= end:
                break
            found += self._clip(segment, start, end)
        return found

    @staticmethod
    def _clip(segment: Segment, start: int, end: int) -> tuple[Segment, ...]:
        first, last = max(start, segment.start), min(end, segment.end)
        return (Segment(first, last, segment.raw_start + first - segment.start),) if first < last else ()


def has_references(raw: str) -> bool:
    """Return whether a text has character references, at most `MAX_CONTROLS`, which `map_text` decodes."""
    if "&" not in raw or REFERENCE.search(raw) is None:
        return False
    return sum(1 for _ in islice(REFERENCE.finditer(raw), MAX_CONTROLS + 1)) <= MAX_CONTROLS


def map_text(raw: str) -> MappedText:
    """Return the raw text without control characters and with its character references decoded.

    Each line break becomes a newline. Raises PermanentError if there are more than `MAX_CONTROLS` control characters.
    """
    has_any = has_references(raw)
    if not has_any and not CONTROL.search(raw):
        return MappedText(raw, (Segment(0, len(raw), 0),) if raw else ())
    if sum(1 for _ in islice(CONTROL.finditer(raw), MAX_CONTROLS + 1)) > MAX_CONTROLS:
        raise PermanentError(f"the text has more than {MAX_CONTROLS} control characters")
    parts: list[str] = []
    segments: list[Segment] = []
    length = position = 0
    for found in (CONTROL_OR_REFERENCE if has_any else CONTROL).finditer(raw):
        length = _append(raw, position, found.start(), length, parts, segments)
        position = found.end()
        decoded = "" if len(found.group()) == 1 else CONTROL.sub("", unescape(found.group()))
        if decoded:
            decoded = " " if decoded.isspace() else decoded
        elif LINE_BREAKS.match(found.group()) and not raw.startswith("\n", position):
            decoded = "\n"
        parts.append(decoded)
        length += len(decoded)
    _append(raw, position, len(raw), length, parts, segments)
    return MappedText("".join(parts), tuple(segments))


def _append(raw: str, start: int, end: int, length: int, parts: list[str], segments: list[Segment]) -> int:
    """Append raw[start:end] to a text of `length` characters and return the new length."""
    if start < end:
        parts.append(raw[start:end])
        segments.append(Segment(length, length + end - start, start))
    return length + end - start
