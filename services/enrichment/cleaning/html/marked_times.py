"""Times of publication and change in the `<time>` elements of a page (HTML standard, section 4.5.14).

They are read for pages whose head has no such time. Teasers and comments have `<time>` elements as well: an element
that is marked as the article's own is trusted first, then one below the heading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from services.contracts.event import ResolvedTime
from services.enrichment.cleaning.html.attributes import read_attributes
from services.enrichment.cleaning.times import UPDATED, find_moment, parse_iso

ELEMENT = re.compile(r"<time\b([^<>]{0,1024})>([^<]{0,80})", re.IGNORECASE)
HEADING = re.compile(r"<h1\b", re.IGNORECASE)

MAX_ELEMENTS = 50
"""Maximum number of `<time>` elements of a page that are read."""

HEADING_REACH = 10_000
"""Characters of markup below a heading in which the time of its article is; scripts and pictures may be before it."""

OWN = re.compile(r"published|datepublished|datecreated", re.IGNORECASE)
CHANGED = re.compile(r"updated|datemodified|modified", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Element:
    """A `<time>` element with a time that can be read."""

    start: int
    time: ResolvedTime
    property: str
    """Schema.org's name of the time, such as "datePublished"; empty if the element has none."""
    is_change: bool


def find_marked_times(html: str) -> tuple[ResolvedTime | None, ResolvedTime | None]:
    """Return the times of publication and of the last change, each None if no element has it."""
    elements = [element for match in islice(ELEMENT.finditer(html), MAX_ELEMENTS) if (element := _read_element(match))]
    changed = [element for element in elements if element.is_change]
    published = [element for element in elements if not element.is_change]
    heading = HEADING.search(html)
    region = range(heading.start(), heading.start() + HEADING_REACH) if heading else range(len(html))
    return _choose(published, OWN, region), _choose(changed, CHANGED, region)


def _choose(elements: list[_Element], own: re.Pattern[str], region: range) -> ResolvedTime | None:
    """Return the time of the first element marked as the article's own, else in the region, else the only element."""
    marked = [element for element in elements if own.fullmatch(element.property)]
    near = [element for element in elements if element.start in region]
    alone = elements if len(elements) == 1 else []
    return next((element.time for element in (*marked, *near, *alone)), None)


def _read_element(match: re.Match[str]) -> _Element | None:
    attributes = read_attributes(match[1])
    time = _resolve(attributes.get("datetime", ""), match[2])
    if time is None:
        return None
    name, classes = attributes.get("itemprop", ""), attributes.get("class", "")
    says_change = UPDATED.match(match[2].strip()) or CHANGED.fullmatch(name)
    is_change = bool(says_change) or ("updated" in classes and "publish" not in classes and not OWN.fullmatch(name))
    return _Element(match.start(), time, name, is_change)


def _resolve(machine_time: str, written_time: str) -> ResolvedTime | None:
    """Return the time of the `datetime` attribute, or else of the element's text."""
    moment = parse_iso(machine_time)
    if moment is not None:
        return moment.to_resolved_time("metadata")
    moment = find_moment(written_time, None)
    return moment.to_resolved_time("text") if moment is not None else None
