"""HTML: trafilatura finds the body, the rules for text go over what it leaves."""

from __future__ import annotations

import re
from dataclasses import replace

import trafilatura

from services.enrichment.cleaning.article import CleanArticle
from services.enrichment.cleaning.compose import Known, compose
from services.enrichment.cleaning.fields.article_lines import Draft
from services.enrichment.cleaning.fields.header import find_captions, label_repeated_headline
from services.enrichment.cleaning.html.alignment import align
from services.enrichment.cleaning.html.markup import view_markup, view_region
from services.enrichment.cleaning.html.metadata import Metadata, read_element, read_metadata
from services.enrichment.cleaning.html.page_parts import join_parts
from services.enrichment.cleaning.lines.blocks import label_related, label_repeated
from services.enrichment.cleaning.lines.line import Line, split_lines
from services.enrichment.cleaning.lines.rules import label
from services.enrichment.cleaning.offset_map import Piece, View
from services.enrichment.cleaning.text import clean_view

LEAST_ALIGNED = 0.5
"""Of the letters that must have found their place in the part of the page that was looked at; else all of it is."""

MARKUP = "markup"

MOST_TAGS = 16_000
"""Brackets of a page that trafilatura gets to see; the largest of 97 news pages has 3,229."""

MOST_LISTS = 1_500
"""Lists and tables of such a page, in the number of which its time is quadratic: this many take a quarter of a
second, twenty times as many two minutes. The most of 97 pages is 58."""

MOST_PIECES = 10_000
"""Stretches of a page that its text is made of, beyond which none is told: each word in a tag of its own is no
news page, and an account of it no use."""

LISTS = re.compile(r"<(?:ul|ol|dl|table)\b", re.IGNORECASE)


def clean_html(raw: str, known: Known) -> CleanArticle:
    """The article in an HTML page; where trafilatura finds none or would take too long, that in the page's text."""
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
    text = _extract(raw)
    if not text:
        return clean_view(raw, _limit(view_markup(raw)), known, MARKUP)
    page = view_region(raw, text)
    view = align(text, page)
    if _count_aligned(view) < LEAST_ALIGNED * len(text):
        page = view_markup(raw)
        view = align(text, page)
    return _compose(raw, _limit(_put_title(view, page, title)), known)


def find_title(raw: str, metadata: Metadata) -> str | None:
    """The headline: the page's heading where its metadata agree with it, else the metadata's, else the heading.

    Metadata's titles often end with the site's name, headings never; but a heading can be a site's name alone.
    """
    heading = read_element(raw, "h1")
    titles = [*metadata.titles, *([title] if (title := read_element(raw, "title")) else [])]
    if heading and any(_is_about(title.casefold(), heading.casefold()) for title in titles):
        return heading
    return _cut_site(titles[0], metadata.site) if titles else heading


def _is_about(title: str, heading: str) -> bool:
    """Whether a title is the heading, with a site's name behind or a section's shorter name before it."""
    if title.startswith(heading):
        return True
    if len(heading) < len(title) / 2:
        return False
    return title.endswith(heading) and title[: -len(heading)].rstrip().endswith(("|", ":", "»", "-", "–", "—"))


def _cut_site(title: str, site: str | None) -> str:
    """A title without the site's name and the mark before it at its end."""
    cut = title[: -len(site)].rstrip() if site and title.casefold().endswith(site.casefold()) else title
    return cut[:-1].rstrip() or title if cut != title and cut.endswith(("|", "-", "–", "—", "·", "»")) else title


def _extract(raw: str) -> str:
    tags = raw.count("<")
    if tags > MOST_TAGS or (tags > MOST_LISTS and sum(1 for _ in LISTS.finditer(raw)) > MOST_LISTS):
        return ""
    try:
        return trafilatura.extract(join_parts(raw), include_comments=False, fast=True, favor_recall=True) or ""
    except (ValueError, TypeError, AttributeError, RecursionError, LookupError):
        # Its parsers give up on some broken pages; the text of the page is better than nothing.
        return ""


def _limit(view: View) -> View:
    """The view without its places where they are too many."""
    return view if len(view.pieces) <= MOST_PIECES else View(view.text, ())


def _count_aligned(view: View) -> int:
    return sum(piece.length for piece in view.pieces)


def _put_title(view: View, page: View, title: str | None) -> View:
    """The view with the title as its first line, placed where the page has it before the body."""
    if title is None or view.text.split("\n", 1)[0].casefold() == title.casefold():
        return view
    first = view.pieces[0].raw_start if view.pieces else 0
    shift = len(title) + 1
    pieces: list[Piece] = []
    found = page.text.find(title)
    while found >= 0 and not pieces:
        runs = list(page.runs(found, found + shift - 1))
        if runs and runs[-1].raw_start + runs[-1].end - runs[-1].start <= first:
            pieces = [Piece(run.start - found, run.raw_start, run.end - run.start) for run in runs]
        found = page.text.find(title, found + 1)
    body = (Piece(piece.start + shift, piece.raw_start, piece.length) for piece in view.pieces)
    return View(f"{title}\n{view.text}", (*pieces, *body))


def _compose(raw: str, view: View, known: Known) -> CleanArticle:
    lines = split_lines(view.text)
    headline = lines.pop(0) if known.title else None
    _label(lines)
    draft = Draft([headline, *lines] if headline else lines, headline=headline)
    find_captions(draft)
    label_repeated_headline(draft, known.title)
    label_repeated(draft.body(), is_dump=False)
    return compose(raw, view, draft, known, MARKUP, is_wrapped=False)


def _label(lines: list[Line]) -> None:
    for line in lines:
        label(line)
    label_related(lines)
