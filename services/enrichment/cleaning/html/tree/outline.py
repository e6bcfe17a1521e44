"""The outline of a page: its elements, and which of them each block of text is in.

The outline is read while the text is scanned. It is as lenient as browsers are: an end tag without its start tag is
ignored, and a paragraph or a list's item ends where the next one begins.
"""

from __future__ import annotations

from bisect import bisect_right

VOID = frozenset("br hr img input meta link area base col embed source track wbr param".split())
"""Elements without an end tag."""

SELF_ENDING = frozenset("p li tr td th dd dt option".split())
"""Elements that end where the next one of their name begins."""

MAX_DEPTH = 200
"""Maximum number of open elements; deeper ones are part of the last."""

MAX_CLOSED = 40
"""Maximum number of open elements among which the one of an end tag is searched."""

MAX_BLOCKS = 20_000
"""Maximum number of blocks; the text of further ones counts for the last."""


class Outline:
    """The elements of a page in the order of their start tags, and the blocks of its text."""

    def __init__(self) -> None:
        self.names = ["html"]
        self.parents = [0]
        self.places = [-1]
        """Place in the page of each element's start tag; -1 for the page itself."""
        self.starts: list[int] = []
        """Place in the page of each block of text."""
        self.elements: list[int] = []
        """Number of the element that each block is in."""
        self.characters: list[int] = []
        self.link_characters: list[int] = []
        """Number of the characters of each block that are in links."""
        self.is_link = False
        self._open = [0]

    def read_tag(self, name: str, place: int, *, is_end: bool) -> None:
        """Open or close an element; `place` is that of the tag in the page."""
        if name in VOID:
            return
        if is_end:
            self._close(name)
            return
        last = self.names[self._open[-1]]
        if len(self._open) > 1 and (last == "p" or (last == name and name in SELF_ENDING)):
            self._open.pop()
        if len(self._open) > MAX_DEPTH:
            return
        self.parents.append(self._open[-1])
        self._open.append(len(self.names))
        self.names.append(name)
        self.places.append(place)

    def begin_block(self, start: int) -> None:
        """Begin a block of text at a place in the page."""
        if len(self.starts) >= MAX_BLOCKS:
            return
        self.starts.append(start)
        self.elements.append(self._open[-1])
        self.characters.append(0)
        self.link_characters.append(0)

    def add_text(self, length: int) -> None:
        """Add a number of characters to the last block."""
        if self.starts:
            self.characters[-1] += length
            if self.is_link:
                self.link_characters[-1] += length

    def find_block(self, place: int) -> int | None:
        """Return the number of the last block that begins at or before a place in the page."""
        index = bisect_right(self.starts, place) - 1
        return index if index >= 0 else None

    def _close(self, name: str) -> None:
        for index in range(len(self._open) - 1, max(0, len(self._open) - MAX_CLOSED), -1):
            if self.names[self._open[index]] == name:
                del self._open[index:]
                return
