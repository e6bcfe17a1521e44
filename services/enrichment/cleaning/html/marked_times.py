"""When a page's article was published and changed, as its `<time>` elements say (HTML, section 4.5.14).

For pages whose head does not say it. A page has such elements for teasers and comments as well: what is marked as the
article's own comes first, then what stands below the heading.
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

MOST_ELEMENTS = 50
"""That are looked at."""

NEAR_HEADING = 10_000
"""Characters of markup below a heading in which its article's time stands: scripts and pictures may come before it."""

OWN = re.compile(r"published|datepublished|datecreated", re.IGNORECASE)
CHANGED = re.compile(r"updated|datemodified|modified", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Element:
    start: int
    time: ResolvedTime
    item: str
    """Schema.org's name of what it tells."""
    is_change: bool


def find_marked(html: str) -> tuple[ResolvedTime | None, ResolvedTime | None]:
    """Return when the article was published and when it was changed, each where an element says it."""
    elements = [element for match in islice(ELEMENT.finditer(html), MOST_ELEMENTS) if (element := _read(match))]
    changed = [element for element in elements if element.is_change]
    published = [element for element in elements if not element.is_change]
    heading = HEADING.search(html)
    region = range(heading.start(), heading.start() + NEAR_HEADING) if heading else range(len(html))
    return _choose(published, OWN, region), _choose(changed, CHANGED, region)


def _choose(elements: list[_Element], own: re.Pattern[str], region: range) -> ResolvedTime | None:
    marked = [element for element in elements if own.fullmatch(element.item)]
    near = [element for element in elements if element.start in region]
    alone = elements if len(elements) == 1 else []
    return next((element.time for element in (*marked, *near, *alone)), None)


def _read(match: re.Match[str]) -> _Element | None:
    attributes = read_attributes(match[1])
    time = _resolve(attributes.get("datetime", ""), match[2])
    if time is None:
        return None
    item, names = attributes.get("itemprop", ""), attributes.get("class", "")
    says_change = UPDATED.match(match[2].strip()) or CHANGED.fullmatch(item)
    is_change = bool(says_change) or ("updated" in names and "publish" not in names and not OWN.fullmatch(item))
    return _Element(match.start(), time, item, is_change)


def _resolve(machine: str, written: str) -> ResolvedTime | None:
    moment = parse_iso(machine)
    if moment is not None:
        return moment.resolve("metadata")
    moment = find_moment(written, None)
    return moment.resolve("text") if moment is not None else None
