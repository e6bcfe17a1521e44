"""The extraction of the body by trafilatura, with a second look where it finds only a part of the article."""

from __future__ import annotations

import re

import trafilatura
from lxml.html import HtmlElement
from trafilatura.settings import Extractor

from services.enrichment.cleaning.html.extract.page_parts import join_parts
from services.enrichment.cleaning.html.extract.page_tree import copy_container, parse_page
from services.enrichment.cleaning.html.extract.unread_elements import drop_unread
from services.enrichment.cleaning.html.tree.landmarks import choose_landmark, find_first_visible
from services.enrichment.cleaning.html.tree.regions import find_own_article, measure_paragraphs
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.lines.line import split_lines

MAX_TAGS = 20_000
"""Maximum number of tags of a page that trafilatura reads; most news pages have some thousand, scripts left out."""

MAX_TAGS_AGAIN = 8_000
"""Maximum number of tags of a page that is extracted a second time, in full."""

MAX_LISTS = 1_500
"""Maximum number of lists and tables of a page that trafilatura reads, because its time is quadratic in their number: a
quarter of a second for this many, two minutes for twenty times as many. None of 97 news pages has more
than 58."""

LISTS = re.compile(r"<(?:ul|ol|dl|table)\b", re.IGNORECASE)

SHORT_SHARE = 0.5
"""Share of the paragraphs of the article's element, or of the JSON-LD body, under which an extract may be a part of the
article only."""

NEAR_SHARE = 0.85
"""Share of the JSON-LD body under which the full extraction is compared with the fast one: the one whose length is
nearer to that of the JSON-LD body is used."""

LONGER = 1.5
"""Number of times that the second extract must be as long as the first one."""

PROSE_SHARE = 0.6
"""Share of the second extract that must be paragraphs of running text; the rest of a page is mostly other lines."""

WHOLE = 2
"""Number of times that the extract of the article's element must be as long as the one that trafilatura accepts."""

FAST = Extractor(fast=True, recall=True, comments=False)
FULL = Extractor(comments=False)
"""Options of the first extraction, and of the second one, which compares the results of several algorithms."""


def extract_body(page: PageSource, stated_length: int) -> str:
    """Return the body that trafilatura finds; an empty text if it finds none, fails, or would take too long.

    `stated_length` is the number of characters of the body that the page states in its JSON-LD. If the fast extract is
    short compared with that, or with the paragraphs of its article element, the full extraction is tried. The result of
    the full extraction is used if it is longer and is running text.
    """
    html = page.body_markup
    tags = html.count("<")
    if tags > MAX_TAGS or (tags > MAX_LISTS and sum(1 for _ in LISTS.finditer(html)) > MAX_LISTS):
        return ""
    read = drop_unread(join_parts(html))
    tree = parse_page(read)
    if tree is None:
        return ""
    found = _extract_fast(tree)
    if tags <= MAX_TAGS_AGAIN and SHORT_SHARE * stated_length <= len(found) < NEAR_SHARE * stated_length:
        return choose_nearer(found, _extract(tree, is_fast=False), stated_length)
    if tags > MAX_TAGS_AGAIN or len(found) >= SHORT_SHARE * max(stated_length, measure_paragraphs(read)):
        return found
    own = page.html[slice(*find_own_article(page, found))]
    if len(found) >= SHORT_SHARE * max(stated_length, measure_paragraphs(own)):
        return found
    second = _extract(tree, is_fast=False)
    is_whole = len(second) >= LONGER * len(found) and is_running_text(second)
    return join_extracts(page, found, second) if is_whole else found


def choose_nearer(found: str, second: str, stated_length: int) -> str:
    """Return the extract whose length is nearer to that of the JSON-LD body; the first one if both are equally near."""
    return min(found, second, key=lambda text: abs(len(text) - stated_length))


def join_extracts(page: PageSource, first: str, second: str) -> str:
    """Return the second extract; if the two share no paragraph, both in the order of the page.

    A page can have its article in two containers, and each extraction chooses one of them.
    """
    paragraphs = [line.text for line in split_lines(first) if line.is_prose]
    if not paragraphs or any(text in second for text in paragraphs):
        return second
    landmarks = [choose_landmark(max(text.split("\n"), key=len)) for text in (first, second)]
    places = [find_first_visible(page.html, landmark, page.hidden, page.head_end) for landmark in landmarks]
    if not all(landmarks) or min(places) < 0:
        return second
    return "\n".join([first, second] if places[0] < places[1] else [second, first])


def is_running_text(text: str) -> bool:
    """Return whether most of a text is paragraphs."""
    lines = split_lines(text)
    prose = sum(len(line.text) for line in lines if line.is_prose)
    return prose >= PROSE_SHARE * sum(len(line.text) for line in lines)


def _extract_fast(tree: HtmlElement) -> str:
    """Return the fast extract of a page.

    Where the article's element has a whole article, the rest of the page does not change the extract and is not read.
    Otherwise trafilatura would go on to search the rest.
    """
    container = copy_container(tree)
    found = "" if container is None else _extract(container, is_fast=True)
    is_whole = len(found) >= WHOLE * FAST.min_extracted_size and "\n" in found
    return found if is_whole else _extract(tree, is_fast=True)


def _extract(tree: HtmlElement, *, is_fast: bool) -> str:
    try:
        return trafilatura.extract(tree, options=FAST if is_fast else FULL) or ""
    except (ValueError, TypeError, AttributeError, RecursionError, LookupError):
        # trafilatura's parsers fail on some broken pages; the visible text of the page is better than no article.
        return ""
