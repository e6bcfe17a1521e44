"""Times of publication and change in the `<time>` elements of a page (HTML standard, section 4.5.14), and in others.

The others are the elements that Schema.org's names or a microformat mark as such. They are read for pages whose head
has no such time. Teasers and comments have `<time>` elements as well: an element that is marked as the article's own is
trusted first, then one below the heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import NamedTuple

from services.contracts.times.written_times import find_written_time
from services.enrichment.cleaning.html.metadata.page_times import PageTime, read_time
from services.enrichment.cleaning.html.tree.attributes import read_attributes
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.times import UPDATED

MAX_CHARACTERS = 80
"""Maximum number of characters of an element's text that are read."""

ELEMENT = re.compile(rf"<(?:time|abbr)\b([^<>]{{0,1024}})>([^<]{{0,{MAX_CHARACTERS}}})", re.IGNORECASE)

ATTRIBUTE = "itemprop"
MARK = re.compile(r"itemprop\s{0,2}=\s{0,2}[\"']?date(?:Publ|Crea|Modi)", re.IGNORECASE)
"""The attribute by which Schema.org's names mark a time in an element of any name."""

MARKED_ELEMENT = re.compile(
    rf"<(?!(?:meta|time|abbr)\b)[a-z][a-z0-9]{{0,15}}\b([^<>]{{0,1024}})>([^<]{{0,{MAX_CHARACTERS}}})", re.IGNORECASE
)

MAX_TAG_CHARACTERS = 1_024
"""Maximum number of characters between the start of a tag and its attribute."""

MAX_ELEMENTS = 50
"""Maximum number of `<time>` elements of a page that are read."""

HEADING_REACH = 10_000
"""Characters of markup below a heading in which the time of its article is; scripts and pictures may be before it."""

OWN = re.compile(r"published|datepublished|datecreated", re.IGNORECASE)
CHANGED = re.compile(r"updated|datemodified|modified", re.IGNORECASE)


class _Candidate(NamedTuple):
    """The start tag of an element that can have a time, and the beginning of its text."""

    start: int
    attributes: str
    text: str


@dataclass(frozen=True, slots=True)
class _Element:
    """An element with a time that can be read."""

    start: int
    time: PageTime
    property: str
    """Schema.org's name of the time, such as "datePublished"; empty if the element has none."""
    is_change: bool


def find_marked_times(page: PageSource, language: str | None = None) -> tuple[PageTime | None, PageTime | None]:
    """Return the times of publication and of the last change, each None if no element has it."""
    candidates = islice(_find_candidates(page), MAX_ELEMENTS)
    elements = [element for candidate in candidates if (element := _read_element(candidate, language))]
    changed = [element for element in elements if element.is_change]
    published = [element for element in elements if not element.is_change]
    heading = page.heading
    region = range(heading.start, heading.start + HEADING_REACH) if heading else range(len(page.html))
    return _choose(published, OWN, region), _choose(changed, CHANGED, region)


def _find_candidates(page: PageSource) -> Iterator[_Candidate]:
    """Yield the elements that can have a time, in the order of the page."""
    html, by_name = page.html, page.tags.by_name
    tags = merge(by_name["time"], by_name["abbr"])
    own = (_Candidate(tag.start, tag.attributes, html[tag.end : tag.end + MAX_CHARACTERS]) for tag in tags)
    marked: list[_Candidate] = []
    place = html.find(ATTRIBUTE)
    while place >= 0 and len(marked) < MAX_ELEMENTS:
        if MARK.match(html, place):
            start = html.rfind("<", max(0, place - MAX_TAG_CHARACTERS), place)
            element = MARKED_ELEMENT.match(html, start) if start >= 0 else None
            if element is not None:
                marked.append(_read_candidate(element))
        place = html.find(ATTRIBUTE, place + 1)
    return merge(own, marked)


def list_times(html: str, start: int, end: int) -> Iterator[tuple[int, int, PageTime]]:
    """Yield the places and the times of the `<time>` elements in a part of a page, without those of changes."""
    for match in ELEMENT.finditer(html, start, end):
        element = _read_element(_read_candidate(match), None)
        if element is not None and not element.is_change:
            yield match.start(), match.end(), element.time


def _choose(elements: list[_Element], own: re.Pattern[str], region: range) -> PageTime | None:
    """Return the time of the first element marked as the article's own, else in the region, else the only element."""
    marked = [element for element in elements if own.fullmatch(element.property)]
    near = [element for element in elements if element.start in region]
    alone = elements if len(elements) == 1 else []
    return next((element.time for element in (*marked, *near, *alone)), None)


def _read_candidate(match: re.Match[str]) -> _Candidate:
    return _Candidate(match.start(), match[1], match[2])


def _read_element(candidate: _Candidate, language: str | None) -> _Element | None:
    attributes = read_attributes(candidate.attributes)
    text = candidate.text.split("<", 1)[0]
    name, classes = attributes.get("itemprop", ""), attributes.get("class", "")
    values = [attributes.get(attribute, "") for attribute in ("datetime", "content", "title", "data-datetime")]
    time = next((PageTime(found, "metadata") for value in values if (found := read_time(value, language))), None)
    if time is None and (written := find_written_time(text, language=language)) is not None:
        time = PageTime(written, "text")
    if time is None:
        return None
    says_change = UPDATED.match(text.strip()) or CHANGED.fullmatch(name)
    is_change = bool(says_change) or ("updated" in classes and "publish" not in classes and not OWN.fullmatch(name))
    return _Element(candidate.start, time, name, is_change)
