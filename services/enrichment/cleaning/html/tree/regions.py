"""The parts of a page that contain its article, found by the names of the elements, with a map to the page.

They are read where trafilatura finds no article or a part of it: on pages with a brief of some sentences, and in the
fragments of pages that feeds have.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from services.enrichment.cleaning.html.tree.landmarks import choose_landmark
from services.enrichment.cleaning.html.tree.markup import MarkupScanner
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.offset_map import MappedText

PAGE = re.compile(r"<(?:!doctype|html|head|body|main|nav|footer)\b", re.IGNORECASE)
"""Tags of a whole page."""

ELEMENT = re.compile(r"<(/?)(article|main|nav|footer|aside|form|dialog|button)\b[^<>]{0,4096}>", re.IGNORECASE)
OUTSIDE = frozenset({"nav", "footer", "form", "dialog", "button"})
"""Elements that are within an article's element and do not belong to the article."""

HIDDEN_TAG = re.compile(
    r"<(p|div|span|section|ul|li|a|img|figure)\b[^<>]{0,1024}?(?:\bstyle\s{0,2}=\s{0,2}[\"'][^\"'<>]{0,200}?display\s{0,2}:"
    r"\s{0,2}none|\shidden(?=[\s=/>]))[^<>]{0,1024}>",
    re.IGNORECASE,
)
"""Tags of elements that a browser does not show."""

PARAGRAPH = re.compile(r"<p\b[^<>]{0,1024}>([^<]{0,4000}(?:<(?!/?p\b)[^<>]{0,1024}>[^<]{0,4000}){0,60})", re.IGNORECASE)
LINK = re.compile(r"<a\b[^<>]{0,2048}>[^<]{0,1000}</a>", re.IGNORECASE)
TAG = re.compile(r"<[^<>]{0,2048}>")

MIN_PARAGRAPH_CHARACTERS = 60
"""Minimum number of characters of a paragraph outside of links; a shorter one is as likely a teaser or a label."""

OWN_SHARE = 0.2
"""Minimum share of an article's text outside of its asides; with less, an aside is the article."""

MAX_ELEMENTS = 4_000
MAX_REGIONS = 30
"""Maximum number of articles on a page whose text is measured; nested ones would take quadratic time."""
MAX_HIDDEN = 200

MAX_REACH = 30_000
"""Maximum number of characters of an element's content in which its end is searched. With `MAX_HIDDEN` it bounds the
time for a page whose tags have no end tags."""

Span = tuple[int, int]


def is_fragment(html: str) -> bool:
    """Return whether a text is a part of a page without the tags of a page: all of it is the article."""
    return PAGE.search(html) is None


def map_fragment(page: PageSource) -> MappedText:
    """Return the visible text of a fragment, with one line per block."""
    spans = [*page.hidden, *_find_invisible(page.html)]
    return MarkupScanner(page.html, _merge(spans)).scan(0, len(page.html))


def map_article(page: PageSource) -> MappedText | None:
    """Return the text of the page's `<article>`, or else of its `<main>`; None if neither has a sentence.

    Of several articles it is the one with the most text outside of links; the others are teasers.
    """
    html, hidden = page.html, page.hidden
    elements = _find_elements(html)
    outside = [(start, end) for name, start, end in elements if name in OUTSIDE]
    asides = [(start, end) for name, start, end in elements if name == "aside"]
    for name in ("article", "main"):
        regions = [(start, end) for found, start, end in elements if found == name]
        region = max(regions[:MAX_REGIONS], key=lambda span: _measure(html[slice(*span)]), default=None)
        if region is None:
            continue
        own, whole = (
            MarkupScanner(html, _merge(left_out)).scan(*region)
            for left_out in ([*hidden, *outside, *asides], [*hidden, *outside])
        )
        is_own = len(own.text) >= OWN_SHARE * len(whole.text)
        for mapped in (own, whole) if is_own else (whole,):
            if any(mark in mapped.text for mark in ".!?。।؟"):
                return mapped
    return None


def find_own_article(page: PageSource, text: str) -> Span:
    """Return the place of the innermost article element with the longest line of a text; else the whole page.

    A page can show other articles below its own one.
    """
    landmark = choose_landmark(max(text.split("\n"), key=len))
    place = page.html.find(landmark, page.head_end) if landmark else -1
    around = [
        (start, end) for name, start, end in _find_elements(page.html) if name == "article" and start <= place < end
    ]
    return min(around, key=lambda span: span[1] - span[0], default=(0, len(page.html)))


def measure_paragraphs(html: str) -> int:
    """Return the number of characters in the paragraphs of a page that read like text and not like links."""
    return sum(length for _, _, length in find_paragraphs(html, 0, len(html)))


def find_paragraphs(html: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the places of the paragraphs that read like text and not like links, and their numbers of characters."""
    for match in PARAGRAPH.finditer(html, start, end):
        length = _measure(match[1])
        if length >= MIN_PARAGRAPH_CHARACTERS:
            yield match.start(), match.end(), length


def measure_text(html: str) -> int:
    """Return the number of characters outside of tags."""
    return len(" ".join(TAG.sub(" ", html).split()))


def _measure(html: str) -> int:
    """Return the number of characters outside of tags and of links."""
    bare = TAG.sub(" ", LINK.sub(" ", html)) if "<" in html else html
    return len(" ".join(bare.split()))


def _find_elements(html: str) -> list[tuple[str, int, int]]:
    """Return the names and the places of the contents of the elements that divide a page."""
    found: list[tuple[str, int, int]] = []
    waiting: list[tuple[str, int]] = []
    open_count: Counter[str] = Counter()
    for match in islice(ELEMENT.finditer(html), MAX_ELEMENTS):
        name = match[2].lower()
        if not match[1]:
            waiting.append((name, match.end()))
            open_count[name] += 1
        while match[1] and open_count[name]:
            # The elements that are still open within this one end with it.
            last, start = waiting.pop()
            open_count[last] -= 1
            if last == name:
                found.append((name, start, match.start()))
                break
    return found


def _find_invisible(html: str) -> list[Span]:
    """Return the places of the elements that their own attributes hide."""
    spans: list[Span] = []
    position = 0
    while len(spans) < MAX_HIDDEN and (match := HIDDEN_TAG.search(html, position)):
        position = find_end(html, match[1], match.end())
        spans.append((match.start(), position))
    return spans


def find_end(html: str, name: str, start: int) -> int:
    """Return the end of an element whose content begins at `start`; the start if no end tag is within reach."""
    depth = 1
    pattern = re.compile(rf"<(/?){name}\b[^<>]{{0,2048}}>", re.IGNORECASE)
    for match in pattern.finditer(html, start, start + MAX_REACH):
        depth += -1 if match[1] else 1
        if depth == 0:
            return match.end()
    return start


def _merge(spans: Sequence[Span]) -> list[Span]:
    """Return the spans in order, with those that overlap made one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
