"""From labelled lines to the clean article: what text and HTML have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.contracts.event import Basis, ResolvedTime
from services.enrichment.cleaning.article import CleanArticle
from services.enrichment.cleaning.fields.article_lines import Draft
from services.enrichment.cleaning.fields.datelines import FoundDateline, find_dateline
from services.enrichment.cleaning.fields.paragraphs import group_lines, write_body
from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.offset_map import View
from services.enrichment.cleaning.spans import Ledger
from services.enrichment.cleaning.times import UPDATED, Moment, find_moment, find_relative, parse_iso


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the article besides its text; times as metadata gave them."""

    title: str | None = None
    byline: tuple[str, ...] = ()
    section: str | None = None
    published_at: ResolvedTime | None = None
    modified_at: ResolvedTime | None = None
    reference: datetime | None = None


def compose(
    raw: str, view: View, draft: Draft, known: Known, gap_rule: str, *, is_wrapped: bool = True
) -> CleanArticle:
    """Put the article together and account for every character of the raw text.

    `is_wrapped`: whether a line can be a part of a paragraph.
    """
    ledger = Ledger(view)
    text = view.text
    for line in draft.lines:
        if line.label is not None:
            ledger.remove(line.label, line.start, line.end, line.confidence)
    names = _keep_head(ledger, draft, text)
    paragraphs = group_lines(draft.body(), text, is_wrapped=is_wrapped)
    found = find_dateline(text[slice(*paragraphs[0])], known.reference) if paragraphs else None
    if found is not None:
        start, end = paragraphs[0]
        ledger.keep("dateline", start, start + found.length)
        paragraphs[0] = (start + found.length, end)
    body = write_body(ledger, [span for span in paragraphs if span[0] < span[1]], text)
    kept, removed = ledger.close(raw, gap_rule)
    body_start = paragraphs[0][0] if paragraphs else len(text) + 1
    published, modified = _resolve_times(draft, known, found, body_start)
    return CleanArticle(
        headline=text[draft.headline.start : draft.headline.end] if draft.headline else known.title,
        subheadline=draft.subheadline.text if draft.subheadline else None,
        byline=names or known.byline,
        section=draft.section.text if draft.section else known.section,
        dateline=found.dateline if found else None,
        dateline_text=text[paragraphs[0][0] - found.length : paragraphs[0][0]] if found else None,
        captions=tuple(caption.caption for caption in draft.captions),
        body=body,
        published_at=published,
        modified_at=modified,
        kept=kept,
        removed=removed,
    )


def _keep_head(ledger: Ledger, draft: Draft, text: str) -> tuple[str, ...]:
    if draft.headline is not None:
        ledger.keep("headline", draft.headline.start, draft.headline.end)
    if draft.subheadline is not None:
        ledger.keep("subheadline", draft.subheadline.start, draft.subheadline.end)
    if draft.section is not None:
        ledger.keep("section", draft.section.start, draft.section.end)
    names: list[str] = []
    for found in draft.bylines:
        position = found.line.start
        for start, end in found.spans:
            ledger.remove("byline", position, start)
            ledger.keep("byline", start, end, index=len(names))
            names.append(text[start:end])
            position = end
        ledger.remove("byline", position, found.line.end)
    for index, caption in enumerate(draft.captions):
        ledger.keep("caption", caption.line.start, caption.text_end, index=index)
        ledger.remove("credit", caption.text_end, caption.line.end)
    return tuple(names)


def _resolve_times(
    draft: Draft, known: Known, found: FoundDateline | None, body_start: int
) -> tuple[ResolvedTime | None, ResolvedTime | None]:
    """Published and modified: metadata before the dateline, before a time written above the body, before a relative
    one; what only a change is known of was published by then, and all else by the reference."""
    published, modified = known.published_at, known.modified_at
    if published is None and found is not None and found.dateline.date is not None:
        moment = parse_iso(found.dateline.date)
        published = moment.resolve("dateline") if moment else None
    head = _order_head([line for line in draft.lines if line.start < body_start], draft.headline)
    for rule, find, basis in TIMES:
        for line in (line for line in head if line.label == rule):
            moment = find(line.text, known.reference)
            if moment is None:
                continue
            if UPDATED.match(line.text):
                modified = modified or moment.resolve(basis)
            else:
                published = published or moment.resolve(basis)
    published = published or modified
    if published is None and known.reference is not None:
        published = Moment(known.reference, "second").resolve("fetched")
    return published, modified


def _order_head(lines: list[Line], headline: Line | None) -> list[Line]:
    """The lines above the body from the headline on, then those above it upwards: teasers of other articles have
    their times as well."""
    if headline is None:
        return lines
    below = [line for line in lines if line.start >= headline.start]
    return below + [line for line in reversed(lines) if line.start < headline.start]


TIMES: tuple[tuple[str, Callable[[str, datetime | None], Moment | None], Basis], ...] = (
    ("timestamp", find_moment, "text"),
    ("relative_time", find_relative, "relative"),
)
"""The rules whose lines tell a time, in the order of trust."""
