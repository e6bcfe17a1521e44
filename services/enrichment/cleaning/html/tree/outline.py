"""The outline of a page: its elements, and which of them each block of text is in.

The outline is read while the text is scanned. It is as lenient as browsers are: an end tag without its start tag is
passed over, and a paragraph or a list's item ends where the next one begins.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

VOID = frozenset("br hr img input meta link area base col embed source track wbr param".split())
"""Elements without an end tag."""

SELF_ENDING = frozenset("p li tr td th dd dt option".split())
"""Elements that end where the next one of their name begins."""

MAX_DEPTH = 200
"""Maximum number of open elements; deeper ones are part of the last."""

MAX_CLOSED = 40
"""Maximum number of open elements among which the one of an end tag is searched."""

PLACES = tuple("article main nav footer aside header form figure table ul ol blockquote figcaption section dl".split())
"""Elements that say what their content is; each is a mark of the blocks within it."""

ATTRIBUTE = re.compile(
    r"""\b(?:class|id|itemprop|role|data-testid|data-component)\s{0,4}=\s{0,4}(?:"([^"]{0,300})|'([^']{0,300}))""",
    re.IGNORECASE,
)
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

SUBJECTS = {
    "comment": r"comment|disqus|discussion|repl(?:y|ies)|respond",
    "related": r"relat|recommend|popular|trend|most-?read|more|teaser|promo|also|recirc|card|feed|list|latest|suggest",
    "share": r"shar|social|follow|tool|button|btn",
    "offer": r"newsletter|subscri|sign-?up|paywall|log-?in|register|premium|cookie|consent|modal|popup|overlay",
    "advertisement": r"\bads?\b|advert|sponsor|banner|anzeige|publi",
    "navigation": r"nav|menu|bread|footer|header|sidebar|widget|toolbar|masthead|rail|aside",
    "picture": r"caption|credit|figure|image|img|photo|galler|media|video|slide|embed",
    "about": r"author|byline|bio|meta|date|time|tag|topic|keyword|categor|kicker|label|info",
    "body": r"article|story|body|content|post|entry|text|paragraph|main|rich",
    "summary": r"lead|intro|summary|standfirst|sub-?title|deck|dek|excerpt|chapo|abstract|subline",
}
"""Parts of the words in classes and ids, by what an element with them is about on most sites."""

SUBJECT_PATTERNS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in SUBJECTS.values())
PLACE_BITS = {name: 1 << bit for bit, name in enumerate(PLACES)}
MARK_NAMES = (*PLACES, *SUBJECTS)
"""Names of the marks, in the order of their bits."""


def read_marks(name: str, tag: str) -> int:
    """Return the marks of an element as bits in the order of `MARK_NAMES`."""
    marks = PLACE_BITS.get(name, 0)
    for found in ATTRIBUTE.finditer(tag):
        marks |= _read_subjects(found[1] or found[2] or "")
    return marks


@lru_cache(maxsize=4_096)
def _read_subjects(words: str) -> int:
    """Return the marks of the words in a class or an id."""
    parts = CAMEL.sub("-", words)
    return sum(1 << bit for bit, pattern in enumerate(SUBJECT_PATTERNS, start=len(PLACES)) if pattern.search(parts))


class Outline:
    """The elements of a page in the order of their start tags, and the blocks of its text."""

    def __init__(self) -> None:
        self.names = ["html"]
        self.parents = [0]
        self.marks = [0]
        """Marks of each element itself."""
        self.inherited = [0]
        """Marks of each element and of those that it is in."""
        self.starts: list[int] = []
        """Place in the page of each block of text."""
        self.elements: list[int] = []
        """Number of the element that each block is in."""
        self.characters: list[int] = []
        self.link_characters: list[int] = []
        """Number of the characters of each block that are in links."""
        self.is_link = False
        self._open = [0]

    def read_tag(self, name: str, tag: str) -> None:
        """Open or close an element."""
        if name in VOID:
            return
        if tag[1] == "/":
            self._close(name)
            return
        last = self.names[self._open[-1]]
        if len(self._open) > 1 and (last == "p" or (last == name and name in SELF_ENDING)):
            self._open.pop()
        if len(self._open) > MAX_DEPTH:
            return
        parent, marks = self._open[-1], read_marks(name, tag)
        self._open.append(len(self.names))
        self.names.append(name)
        self.parents.append(parent)
        self.marks.append(marks)
        self.inherited.append(self.inherited[parent] | marks)

    def begin_block(self, start: int) -> None:
        """Begin a block of text at a place in the page."""
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
