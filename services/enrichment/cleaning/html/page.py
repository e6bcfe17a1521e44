"""Cleaning of an HTML page: trafilatura extracts the body, and the rules for text clean what it returns."""

from __future__ import annotations

import re
from dataclasses import replace

import trafilatura

from services.enrichment.cleaning.article import CleanArticle
from services.enrichment.cleaning.compose import KnownFields, compose
from services.enrichment.cleaning.fields.around_headline import label_repeated_headline
from services.enrichment.cleaning.fields.article_lines import ArticleLines
from services.enrichment.cleaning.fields.captions import find_captions
from services.enrichment.cleaning.html.alignment import align
from services.enrichment.cleaning.html.markup import map_markup, map_region
from services.enrichment.cleaning.html.metadata import Metadata, read_element, read_metadata
from services.enrichment.cleaning.html.page_parts import join_parts
from services.enrichment.cleaning.lines.blocks import label_related, label_repeated
from services.enrichment.cleaning.lines.line import split_lines
from services.enrichment.cleaning.lines.rules import label_line
from services.enrichment.cleaning.offset_map import MappedText, Segment
from services.enrichment.cleaning.text import clean_mapped_text

MIN_ALIGNED_SHARE = 0.5
"""Minimum share of the extracted letters that must have a place in a part of the page; else the whole page is read."""

MARKUP = "markup"
"""Name under which the event reports the removed markup."""

MAX_TAGS = 16_000
"""Maximum number of tags of a page that trafilatura reads; the largest of 97 news pages has 3,229."""

MAX_LISTS = 1_500
"""Maximum number of lists and tables of a page that trafilatura reads, because its time is quadratic in their number: a
quarter of a second for this many, two minutes for twenty times as many. None of 97 news pages has more
than 58."""

MAX_SEGMENTS = 10_000
"""Maximum number of segments of a page's text; a text with more loses its map to the page. A page with each word in a
tag of its own is no news page, and spans for each word would help no one."""

LISTS = re.compile(r"<(?:ul|ol|dl|table)\b", re.IGNORECASE)


def clean_html(raw: str, known: KnownFields) -> CleanArticle:
    """Return the article in an HTML page.

    If trafilatura finds no body, or would take too long, the visible text of the page is cleaned as plain text.
    """
    metadata = read_metadata(raw)
    title = known.title or find_title(raw, metadata)
    known = replace(
        known,
        title=title,
        byline=metadata.authors,
        section=metadata.section,
        published_at=known.published_at or metadata.published_at,
        modified_at=metadata.modified_at,
    )
    body = _extract_body(raw)
    if not body:
        return clean_mapped_text(raw, _limit_segments(map_markup(raw)), known, MARKUP)
    page = map_region(raw, body)
    mapped = align(body, page)
    if _count_mapped(mapped) < MIN_ALIGNED_SHARE * len(body):
        page = map_markup(raw)
        mapped = align(body, page)
    return _compose(raw, _limit_segments(_add_title(mapped, page, title)), known)


def find_title(raw: str, metadata: Metadata) -> str | None:
    """Return the headline of a page.

    It is the page's heading if a title in the metadata agrees with it, else the first title, else the heading. Titles
    in metadata often end with the site's name and headings never do, but a heading can be the site's name alone.
    """
    heading = read_element(raw, "h1")
    titles = [*metadata.titles, *([title] if (title := read_element(raw, "title")) else [])]
    if heading and any(_has_heading(title.casefold(), heading.casefold()) for title in titles):
        return heading
    return _cut_site_name(titles[0], metadata.site) if titles else heading


def _has_heading(title: str, heading: str) -> bool:
    """Return whether a title is the heading, or has a site's name after it or a section's shorter name before it."""
    if title.startswith(heading):
        return True
    if len(heading) < len(title) / 2:
        return False
    return title.endswith(heading) and title[: -len(heading)].rstrip().endswith(("|", ":", "»", "-", "–", "—"))


def _cut_site_name(title: str, site: str | None) -> str:
    """Return a title without the site's name at its end and the mark before that name."""
    cut = title[: -len(site)].rstrip() if site and title.casefold().endswith(site.casefold()) else title
    return cut[:-1].rstrip() or title if cut != title and cut.endswith(("|", "-", "–", "—", "·", "»")) else title


def _extract_body(raw: str) -> str:
    """Return the body that trafilatura finds; an empty text if it finds none, fails, or would take too long."""
    tags = raw.count("<")
    if tags > MAX_TAGS or (tags > MAX_LISTS and sum(1 for _ in LISTS.finditer(raw)) > MAX_LISTS):
        return ""
    try:
        return trafilatura.extract(join_parts(raw), include_comments=False, fast=True, favor_recall=True) or ""
    except (ValueError, TypeError, AttributeError, RecursionError, LookupError):
        # trafilatura's parsers fail on some broken pages; the visible text of the page is better than no article.
        return ""


def _limit_segments(mapped: MappedText) -> MappedText:
    """Return the text, without its map if that has too many segments."""
    return mapped if len(mapped.segments) <= MAX_SEGMENTS else MappedText(mapped.text, ())


def _count_mapped(mapped: MappedText) -> int:
    """Return the number of characters that have a place in the page."""
    return sum(segment.end - segment.start for segment in mapped.segments)


def _add_title(mapped: MappedText, page: MappedText, title: str | None) -> MappedText:
    """Return the text with the title as its first line, mapped to a place of the title before the body in the page."""
    if title is None or mapped.text.split("\n", 1)[0].casefold() == title.casefold():
        return mapped
    body_start = mapped.segments[0].raw_start if mapped.segments else 0
    segments: list[Segment] = []
    place = page.text.find(title)
    while place >= 0 and not segments:
        found = page.find_segments(place, place + len(title))
        if found and found[-1].raw_end <= body_start:
            segments = [Segment(part.start - place, part.end - place, part.raw_start) for part in found]
        place = page.text.find(title, place + 1)
    shift = len(title) + 1
    body = (Segment(part.start + shift, part.end + shift, part.raw_start) for part in mapped.segments)
    return MappedText(f"{title}\n{mapped.text}", (*segments, *body))


def _compose(raw: str, mapped: MappedText, known: KnownFields) -> CleanArticle:
    lines = split_lines(mapped.text)
    headline = lines.pop(0) if known.title else None
    for line in lines:
        label_line(line)
    label_related(lines)
    article = ArticleLines([headline, *lines] if headline else lines, headline=headline)
    find_captions(article)
    label_repeated_headline(article, known.title)
    label_repeated(article.body_lines(), is_dump=False)
    return compose(raw, mapped, article, known, MARKUP, is_wrapped=False)
