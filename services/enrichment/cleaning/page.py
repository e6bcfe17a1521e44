"""HTML: trafilatura finds the body, the rules for text go over what it leaves."""

from __future__ import annotations

import re
from dataclasses import replace

import trafilatura

from services.enrichment.cleaning.article import CleanArticle
from services.enrichment.cleaning.blocks import label_menus, label_related, label_repeated
from services.enrichment.cleaning.boosted import BoostedTrees, load_trees
from services.enrichment.cleaning.compose import Known, compose
from services.enrichment.cleaning.draft import Draft
from services.enrichment.cleaning.features import Marks
from services.enrichment.cleaning.head import find_captions, label_repeated_headline
from services.enrichment.cleaning.lines import Line, split_lines
from services.enrichment.cleaning.markup import Page, view_markup
from services.enrichment.cleaning.metadata import Metadata, read_element, read_metadata
from services.enrichment.cleaning.rules import label
from services.enrichment.cleaning.selection import CHOICES, choose, label_rest
from services.enrichment.cleaning.text import clean_view
from services.enrichment.cleaning.view import View
from services.enrichment.cleaning.votes import mark_lines

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


def clean_html(raw: str, known: Known, trees: BoostedTrees | None = None) -> CleanArticle:
    """The article in an HTML page; where trafilatura finds none or would take too long, that in the page's text.

    `trees` instead of the model in the package are for those who measure a model.
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
    lines, marks, page = read_page(raw)
    if not marks:
        return clean_view(raw, _limit(page.view), known, MARKUP)
    kept, probabilities = choose(lines, trees or load_trees("html"), CHOICES["html"], marks)
    first = kept.index(True) if any(kept) else len(lines)
    headline = _find_headline(lines, marks, first, known.title)
    label_rest(lines, kept, probabilities, spared=headline)
    return _compose(raw, lines, headline, _limit(page.view), known)


def read_page(raw: str) -> tuple[list[Line], list[Marks], Page]:
    """The lines of a page as the rules see them, what elements and extraction say of each, and the page.

    No marks where trafilatura found nothing to compare with.
    """
    page = view_markup(raw)
    lines = split_lines(page.view.text)
    text = _extract(raw)
    marks = mark_lines(lines, page.blocks, text) if text else []
    if not any(mark.vote > 0.5 for mark in marks):
        return lines, [], page
    for line in lines:
        label(line)
    label_menus(lines)
    label_related(lines)
    return lines, marks, page


def find_title(raw: str, metadata: Metadata) -> str | None:
    """The headline: the page's heading where its metadata agree with it, else the metadata's, else the heading.

    Metadata's titles often end with the site's name, headings never; but a heading can be a site's name alone.
    """
    heading = read_element(raw, "h1")
    titles = [*metadata.titles, *([title] if (title := read_element(raw, "title")) else [])]
    if heading and any(title.casefold().startswith(heading.casefold()) for title in titles):
        return heading
    return titles[0] if titles else heading


def _extract(raw: str) -> str:
    tags = raw.count("<")
    if tags > MOST_TAGS or (tags > MOST_LISTS and sum(1 for _ in LISTS.finditer(raw)) > MOST_LISTS):
        return ""
    try:
        return trafilatura.extract(raw, include_comments=False, fast=True, favor_recall=True) or ""
    except (ValueError, TypeError, AttributeError, RecursionError, LookupError):
        # Its parsers give up on some broken pages; the text of the page is better than nothing.
        return ""


def _limit(view: View) -> View:
    """The view without its places where they are too many."""
    return view if len(view.pieces) <= MOST_PIECES else View(view.text, ())


def _compose(raw: str, lines: list[Line], headline: Line | None, view: View, known: Known) -> CleanArticle:
    draft = Draft(lines, headline=headline)
    find_captions(draft)
    label_repeated_headline(draft, known.title)
    label_repeated(draft.body(), is_dump=False)
    return compose(raw, view, draft, known, MARKUP, is_wrapped=False)


def _find_headline(lines: list[Line], marks: list[Marks], first: int, title: str | None) -> Line | None:
    """The line of the title above the article or at its head: in a heading, or else the last one."""
    if title is None:
        return None
    key = " ".join(title.split()).casefold()
    found = [index for index, line in enumerate(lines[: first + HEAD_LINES]) if line.key == key]
    heading = [index for index in found if marks[index].heading]
    return lines[(heading or found)[-1]] if found else None


HEAD_LINES = 3
"""Lines of the article among which its title can stand."""
