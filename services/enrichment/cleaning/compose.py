"""Composition of the clean article from lines whose fields and labels are known; for plain text and HTML alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.contracts.event import Basis, ResolvedTime
from services.enrichment.cleaning.article import CleanArticle
from services.enrichment.cleaning.fields.article_lines import ArticleLines
from services.enrichment.cleaning.fields.datelines import FoundDateline, find_dateline
from services.enrichment.cleaning.fields.paragraphs import group_lines, write_body
from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.offset_map import MappedText
from services.enrichment.cleaning.spans import SpanRecorder
from services.enrichment.cleaning.stated_fields import StatedFields
from services.enrichment.cleaning.times import UPDATED, Moment, find_moment, find_relative, parse_iso

WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class KnownFields(StatedFields):
    """Fields that are known before the text is read, from the sender or from a page's metadata."""

    reference: datetime | None = None
    """The time when the article was fetched or arrived."""
    is_byline_given: bool = False
    is_section_given: bool = False
    """True if the sender gave the byline or the section: it wins over the one in the text."""


def compose(
    raw: str, mapped: MappedText, article: ArticleLines, known: KnownFields, gap_rule: str, *, is_wrapped: bool = True
) -> CleanArticle:
    """Build the clean article and account for every character of the raw text.

    `mapped` is the text that the lines come from. `gap_rule` is the rule that removed the rest of the raw text.
    `is_wrapped` says whether a paragraph can have several lines.
    """
    recorder = SpanRecorder(mapped)
    text = mapped.text
    for line in article.lines:
        if line.label is not None:
            recorder.remove(line.label, line.start, line.end, line.confidence)
    names = _record_header(recorder, article, text, known)
    paragraphs = group_lines(article.body_lines(), text, is_wrapped=is_wrapped)
    found = find_dateline(text[slice(*paragraphs[0])], known.reference) if paragraphs else None
    if found is not None:
        start, end = paragraphs[0]
        recorder.keep("dateline", start, start + found.length)
        paragraphs[0] = (start + found.length, end)
    body = write_body(recorder, [span for span in paragraphs if span[0] < span[1]], text)
    kept, removed = recorder.build_spans(raw, gap_rule)
    body_start = paragraphs[0][0] if paragraphs else len(text) + 1
    published, modified = _resolve_times(article, known, found, body_start)
    return CleanArticle(
        headline=text[article.headline.start : article.headline.end] if article.headline else known.title,
        subheadline=article.subheadline.text if article.subheadline else None,
        byline=names or known.byline,
        section=known.section if known.is_section_given or not article.section else article.section.text,
        tags=known.tags,
        dateline=found.dateline if found else None,
        dateline_text=text[paragraphs[0][0] - found.length : paragraphs[0][0]] if found else None,
        captions=tuple(caption.caption for caption in article.captions),
        body=body,
        published_at=published,
        modified_at=modified,
        canonical_url=known.canonical_url,
        source=known.source,
        kept=kept,
        removed=removed,
    )


def _record_header(recorder: SpanRecorder, article: ArticleLines, text: str, known: KnownFields) -> tuple[str, ...]:
    """Record the spans of all fields except dateline and body; return the names of the bylines."""
    if article.headline is not None:
        recorder.keep("headline", article.headline.start, article.headline.end)
    if article.subheadline is not None:
        recorder.keep("subheadline", article.subheadline.start, article.subheadline.end)
    if article.section is not None:
        start, end = article.section.start, article.section.end
        if known.is_section_given and known.section != text[start:end]:
            recorder.remove("section", start, end)
        else:
            recorder.keep("section", start, end)
    names = _record_bylines(recorder, article, text, known.byline if known.is_byline_given else None)
    for index, caption in enumerate(article.captions):
        recorder.keep("caption", caption.line.start, caption.text_end, index=index)
        recorder.remove("credit", caption.text_end, caption.line.end)
    return names


def _record_bylines(
    recorder: SpanRecorder, article: ArticleLines, text: str, given: tuple[str, ...] | None
) -> tuple[str, ...]:
    """Record the spans of the bylines; return the names that the sender gave, else those in the bylines."""
    names = list(given or ())
    used: set[int] = set()
    for byline in article.bylines:
        position = byline.line.start
        for start, end in byline.names:
            name = " ".join(text[start:end].split())
            if given is None:
                index = len(names)
                names.append(name)
            elif name not in given or (index := names.index(name)) in used:
                continue
            used.add(index)
            recorder.remove("byline", position, start)
            _keep_words(recorder, text, start, end, index)
            position = end
        recorder.remove("byline", position, byline.line.end)
    return tuple(names)


def _keep_words(recorder: SpanRecorder, text: str, start: int, end: int, index: int) -> None:
    """Record a name as a whole; word by word if the blanks between the words are not single spaces."""
    name = text[start:end]
    if " ".join(name.split()) == name:
        recorder.keep("byline", start, end, index=index)
        return
    at = 0
    for word in WORD.finditer(text, start, end):
        recorder.keep("byline", *word.span(), at=at, index=index)
        at += len(word.group()) + 1


def _resolve_times(
    article: ArticleLines, known: KnownFields, found: FoundDateline | None, body_start: int
) -> tuple[ResolvedTime | None, ResolvedTime | None]:
    """Return the times of publication and of the last change.

    The order of trust is: metadata, the dateline, a time written above the body, a relative time above the body. An
    article of which only a change is known counts as published then, and one without any time as published at the
    reference time.
    """
    published, modified = known.published_at, known.modified_at
    if published is None and found is not None and found.dateline.date is not None:
        moment = parse_iso(found.dateline.date)
        published = moment.to_resolved_time("dateline") if moment else None
    header = _order_header([line for line in article.lines if line.start < body_start], article.headline)
    for rule, find, basis in TIME_RULES:
        for line in (line for line in header if line.label == rule):
            moment = find(line.text, known.reference)
            if moment is None:
                continue
            if UPDATED.match(line.text):
                modified = modified or moment.to_resolved_time(basis)
            else:
                published = published or moment.to_resolved_time(basis)
    published = published or modified
    if published is None and known.reference is not None:
        published = Moment(known.reference, "second").to_resolved_time("fetched")
    return published, modified


def _order_header(lines: list[Line], headline: Line | None) -> list[Line]:
    """Return the lines from the headline down, then the lines above it from the nearest up.

    The lines above the headline come last because the teasers of other articles there have times as well.
    """
    if headline is None:
        return lines
    below = [line for line in lines if line.start >= headline.start]
    return below + [line for line in reversed(lines) if line.start < headline.start]


TIME_RULES: tuple[tuple[str, Callable[[str, datetime | None], Moment | None], Basis], ...] = (
    ("timestamp", find_moment, "text"),
    ("relative_time", find_relative, "relative"),
)
"""The rules whose lines have a time, the most trusted first, with the function that reads it and the event's basis."""
