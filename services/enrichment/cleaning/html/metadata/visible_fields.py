"""Bylines and times that a page shows around its heading: for pages whose metadata have none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice

from services.contracts.text.author_names import INTRODUCTION, is_person, split_names
from services.contracts.times.written_times import WrittenTime, find_written_time
from services.enrichment.cleaning.fields.bylines import find_signature
from services.enrichment.cleaning.html.metadata.titles import Headings, find_heading
from services.enrichment.cleaning.html.tree.attributes import read_attributes
from services.enrichment.cleaning.html.tree.markup import MarkupScanner
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.lines.line import Line, split_lines
from services.enrichment.cleaning.times import UPDATED, find_relative

START = re.compile(r"<(?:article|main)\b", re.IGNORECASE)

BEFORE = 4_000
AFTER = 24_000
"""Characters of markup before and after the heading in which a page shows who wrote the article, and when."""

STEP = 3_000
"""Characters of markup that are scanned before the text is searched for the first paragraph."""

MAX_LINES_BELOW = 30
MAX_LINES_ABOVE = 8
"""Numbers of lines below and above the heading that are read."""

MAX_WORDS = 24
"""Maximum number of words of a line with a time or a byline; a longer one is text."""

MARKED = re.compile(
    r"<(a|span|p|div|address|li|cite|h\d|b|strong|em|section|ul|td|dd|i|figcaption|header|footer)\b"
    r"([^<>]{0,600}?(?:auth?or|auteur|autore|byline|contributor|writer|verfasser|redakt)[^<>]{0,600})>",
    re.IGNORECASE,
)
"""Tags whose attributes may say that they contain the author."""

AUTHOR_WORD = re.compile(
    r"(?:^|[\s_-])(?:by-?line|authors?|autor(?:e[ns]?|in)?|auteurs?|writers?|contributors?|verfasser)"
    r"(?:[\s_-]*(?:names?|links?|text|info|list|inner|item|main|wrapper|block|line|content|title|\d{1,2}))*(?:$|\s)",
    re.IGNORECASE,
)
OTHER_WORD = re.compile(
    r"bio|avatar|photo|image|img|icon|social|follow|comment|related|share|desc|about|job|role|date|time|count|footer"
    r"|sidebar|teaser|card|recommend|popular|most|newsletter",
    re.IGNORECASE,
)
"""Words in the class of an element that is about an author, and does not name the author of the article."""

AUTHOR_PATH = re.compile(
    r"/(?:authors?|autor(?:e[ns]?|in)?|auteurs?|contributors?|journalists?|columnists?|profiles?)/[\w-]"
)

CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

MAX_MARKED = 40
MAX_CONTENT = 600
"""Numbers of marked elements, and of characters of the content of one, that are read."""

TOGETHER = 1_500
"""Characters of markup in which the other authors are named after the first one."""

BY = re.compile(r"\b(?:By|BY|Von|Par|Por)[ \u00a0]+(?=[A-Z\u00c0-\u00de])")


class VisibleFields:
    """Reader of what a page shows around its heading. Each part is read when it is first asked for."""

    def __init__(self, page: PageSource, headings: Headings, title: str | None) -> None:
        """Find the heading: the main one, or else the one among the lower `headings` that contains `title`."""
        self._page = page
        self._html = html = page.html
        heading = page.heading
        start = heading.start if heading else find_heading(headings, title or "")
        if start is None:
            region = START.search(html)
            start = region.start() if region else 0
        self._heading = start

    def find_authors(self) -> list[str]:
        """Return the names in the elements that are marked as the author, else in a line that reads like a byline.

        Such a line begins with "By", or is a name and a job title below the heading: "Ann Lee, Sports Editor".
        """
        start = self._heading
        after = list(self._find_marked(start, start + AFTER))
        before = [] if after else list(self._find_marked(max(0, start - BEFORE), start))
        found = after or before
        first = found[0][0] if found else 0
        names = [name for place, names in found if place - first <= TOGETHER for name in names]
        if names:
            return list(dict.fromkeys(names))
        below, above = self._head_lines
        signed = {id(line) for line in below if find_signature(line)}
        for line in (*below, *above):
            if (id(line) in signed or INTRODUCTION.match(line.text)) and line.words <= MAX_WORDS // 2:
                persons = [name for name in split_names(_cut_time(line.text)) if is_person(name)]
                if persons:
                    return persons
        return []

    def find_times(
        self, language: str | None, reference: datetime | None
    ) -> tuple[list[WrittenTime], list[WrittenTime]]:
        """Return the times of publication and of changes in the lines around the heading, the nearest first."""
        published: list[WrittenTime] = []
        changed: list[WrittenTime] = []
        below, above = self._head_lines
        for line in (*below, *above):
            written = find_written_time(line.text, language=language)
            if written is None and line in below:
                # Above the heading are the teasers of other articles, which say "2 hours ago", too.
                written = _find_relative(line.text, reference)
            if written is not None:
                (changed if UPDATED.match(line.text) else published).append(written)
        return published, changed

    def _find_marked(self, start: int, end: int) -> Iterator[tuple[int, list[str]]]:
        """Yield the places and the names of the elements that are marked as the author."""
        for match in islice(MARKED.finditer(self._html, start, end), MAX_MARKED):
            if _is_author(read_attributes(match[2])):
                closing = self._html.find(f"</{match[1]}", match.end(), match.end() + MAX_CONTENT)
                last = closing if closing >= 0 else match.end() + MAX_CONTENT
                text = MarkupScanner(self._html, ()).scan(match.end(), min(last, len(self._html))).text
                names = list(_find_persons(text.split("\n")))
                if names:
                    yield match.start(), names

    @cached_property
    def _head_lines(self) -> tuple[list[Line], list[Line]]:
        """The lines below the heading up to the first paragraph, and those above it from the nearest up."""
        html, start = self._html, self._heading
        below = self._read_to_prose(start, min(len(html), start + AFTER))[1:]
        first = html.find("<", max(0, start - BEFORE), start)
        above = split_lines(self._page.build_scanner().scan(first, start).text) if first >= 0 else []
        return (
            [line for line in below[:MAX_LINES_BELOW] if line.words <= MAX_WORDS],
            [line for line in reversed(above[-MAX_LINES_ABOVE:]) if line.words <= MAX_WORDS],
        )

    def _read_to_prose(self, start: int, end: int) -> list[Line]:
        """Return the lines of a part of the page before the first paragraph; the part is scanned step by step."""
        scanner = self._page.build_scanner()
        lines: list[Line] = []
        while start < end:
            step = self._html.find("<", start + STEP, end)
            stop = step if step >= 0 else end
            lines = split_lines(scanner.scan(start, stop).text)
            # The last line may go on in the next step.
            prose = next((index for index, line in enumerate(lines[:-1]) if line.is_prose), None)
            if prose is not None:
                return lines[:prose]
            start = stop
        return lines[:-1] if lines and lines[-1].is_prose else lines


def _is_author(attributes: dict[str, str]) -> bool:
    """Return whether the attributes of a tag say that it contains the author."""
    if (
        "author" in attributes.get("rel", "").lower().split()
        or "author" in attributes.get("itemprop", "").lower().split()
    ):
        return True
    if AUTHOR_PATH.search(attributes.get("href", "")):
        return True
    names = [attributes.get(name, "") for name in ("class", "id", "data-testid", "data-component", "data-qa")]
    tokens = [CAMEL.sub("-", token) for value in names for token in value.split()]
    return any(AUTHOR_WORD.search(token) and not OTHER_WORD.search(token) for token in tokens)


def _find_persons(lines: Sequence[str]) -> Iterator[str]:
    """Yield the names of persons in the lines of a marked element."""
    for line in lines:
        by = BY.search(line)
        text = _cut_time(line[by.end() :] if by else line)
        if 0 < len(text.split()) <= MAX_WORDS:
            yield from (name for name in split_names(text) if is_person(name))


def _cut_time(line: str) -> str:
    """Return the part of a line before its first figure or mark: "Ann Lee | 5 March 2024" is a name and a time."""
    return re.split(r"\d|[|•·]|\b(?:Published|Updated|Posted)\b", line, maxsplit=1)[0].strip()


def _find_relative(text: str, reference: datetime | None) -> WrittenTime | None:
    moment = find_relative(text, reference)
    if moment is None or moment.precision not in ("minute", "day"):
        return None
    return WrittenTime(moment.value.astimezone(UTC), moment.precision, True, 0, len(text))
