"""The entries of a live blog: their places in the body and their times."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, pairwise
from typing import Final

from services.contracts.event import KeptSpan, LiveEntry, ResolvedTime
from services.enrichment.cleaning.html.metadata.linked_data import Node, list_values, read_text
from services.enrichment.cleaning.html.metadata.marked_times import list_times
from services.enrichment.cleaning.html.metadata.page_times import PageTime, read_time
from services.enrichment.cleaning.html.metadata.titles import clean_title
from services.enrichment.cleaning.times import SLACK

MAX_ENTRIES: Final = 1_000

COMPARED: Final = 60
"""Number of characters of an entry by which it is found in the body."""

MIN_STATED: Final = 2
MIN_SHOWN: Final = 4
"""Minimum numbers of entries of a live blog: if the JSON-LD says that it is one, and if only the times show it."""

MIN_COVERED: Final = 0.5
"""Minimum share of the body in the entries, if only the times show that the page is a live blog."""

HEADING_REACH: Final = 300
"""Maximum number of characters of markup between an entry's heading and the time below it."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """The beginning of an entry in the body."""

    start: int
    cut: int
    """The end of the entry before it; the text between this and `start` is the time that the page shows."""
    time: ResolvedTime


def find_entries(
    html: str, body: str, kept: Sequence[KeptSpan], live: Node, reference: datetime | None
) -> tuple[LiveEntry, ...]:
    """Return the entries of a live blog in the order of the body; none if the page is no live blog.

    `kept` are the spans of the body in the page. `live` is the JSON-LD of the live blog, empty if the page has none.
    Its updates are the entries; if the body lacks them, the times that the page marks between the paragraphs divide the
    body into entries. Without the JSON-LD, there must be several such times, in order, and the entries must have most
    of the body.
    """
    stated = _build(body, _find_stated(body, live, reference))
    if len(stated) >= MIN_STATED:
        return stated
    shown = _build(body, _find_shown(html, kept, body, reference))
    if live:
        return shown if len(shown) >= MIN_STATED else ()
    covered = sum(entry.end - entry.start for entry in shown)
    is_live = len(shown) >= MIN_SHOWN and covered >= MIN_COVERED * len(body) and _is_ordered(shown)
    return shown if is_live else ()


def _build(body: str, marks: Sequence[_Mark]) -> tuple[LiveEntry, ...]:
    """Return the entries that begin at the marks; each ends where the next one begins."""
    ordered = sorted({mark.start: mark for mark in reversed(marks)}.values(), key=lambda mark: mark.start)
    ends = [*(mark.cut for mark in ordered[1:]), len(body)]
    return tuple(
        LiveEntry(at=mark.time, start=mark.start, end=mark.start + len(body[mark.start : end].rstrip()))
        for mark, end in zip(ordered, ends if ordered else (), strict=True)
        if body[mark.start : end].strip()
    )


def _find_stated(body: str, live: Node, reference: datetime | None) -> list[_Mark]:
    """Return the places of the updates in the JSON-LD whose heading or text the body has."""
    marks: list[_Mark] = []
    for update in list_values(live.get("liveBlogUpdate"))[:MAX_ENTRIES]:
        if not isinstance(update, dict):
            continue
        time = read_time(read_text(update.get("datePublished") or update.get("dateModified")), None)
        texts = [clean_title(read_text(update.get(name)))[:COMPARED] for name in ("headline", "articleBody")]
        found = [place for text in texts if text and (place := body.find(text)) >= 0]
        if found and time is not None and (reference is None or time.value <= reference + SLACK):
            marks.append(_Mark(min(found), min(found), PageTime(time, "metadata").resolve()))
    return marks


def _find_shown(html: str, kept: Sequence[KeptSpan], body: str, reference: datetime | None) -> list[_Mark]:
    """Return the beginnings of the paragraphs that follow the times in the page's markup."""
    if not kept:
        return []
    spans = sorted(kept, key=lambda span: span.raw_start)
    starts = [span.raw_start for span in spans]
    first, last = spans[0].raw_start - HEADING_REACH, spans[-1].raw_end
    marks: list[_Mark] = []
    for start, end, time in islice(list_times(html, max(0, first), last), MAX_ENTRIES):
        if reference is not None and time.value > reference + SLACK:
            continue
        own, after = bisect_left(starts, start), bisect_left(starts, end)
        if after == len(spans):
            break
        heading = _find_heading(html, spans, own, body, start)
        if heading is None:
            marks.append(
                _Mark(_find_line(body, spans[after].start), _find_line(body, spans[own].start), time.resolve())
            )
        else:
            marks.append(_Mark(heading, heading, time.resolve()))
    return marks


def _find_heading(html: str, spans: Sequence[KeptSpan], count: int, body: str, place: int) -> int | None:
    """Return the start in the body of a heading that is right above a time; None if there is none.

    The first `count` spans begin before the time.
    """
    before = next((spans[index] for index in range(count - 1, -1, -1) if spans[index].raw_end <= place), None)
    if before is None or place - before.raw_end > HEADING_REACH:
        return None
    closing = html[before.raw_end : place].lower()
    is_heading = any(f"</h{rank}" in closing for rank in range(2, 7))
    return _find_line(body, before.start) if is_heading else None


def _find_line(body: str, place: int) -> int:
    """Return the start of the paragraph that contains a place of the body."""
    found = body.rfind("\n\n", 0, place)
    return found + 2 if found >= 0 else 0


def _is_ordered(entries: Sequence[LiveEntry]) -> bool:
    """Return whether the times of the entries only rise or only fall, and are not all the same."""
    times = [entry.at.value for entry in entries]
    rising = all(first <= second for first, second in pairwise(times))
    falling = all(first >= second for first, second in pairwise(times))
    return (rising or falling) and times[0] != times[-1]
