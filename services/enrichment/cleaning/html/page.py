"""Cleaning of an HTML page: trafilatura extracts the body, and the rules for text clean what it returns."""

from __future__ import annotations

from dataclasses import replace

from services.contracts.event import Caption
from services.enrichment.cleaning.article import CleanArticle
from services.enrichment.cleaning.compose import KnownFields, compose
from services.enrichment.cleaning.fields.around_headline import label_repeated_headline
from services.enrichment.cleaning.fields.article_lines import ArticleLines, CaptionLine
from services.enrichment.cleaning.fields.captions import find_captions
from services.enrichment.cleaning.html.align.alignment import align
from services.enrichment.cleaning.html.align.region import scan_region
from services.enrichment.cleaning.html.assessment import assess
from services.enrichment.cleaning.html.extract.body_text import map_body, read_body
from services.enrichment.cleaning.html.extract.extraction import extract_body, is_running_text
from services.enrichment.cleaning.html.extract.figure_captions import add_captions
from services.enrichment.cleaning.html.metadata.page_metadata import Metadata, read_metadata
from services.enrichment.cleaning.html.tree.regions import is_fragment, map_article, map_fragment
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.lines.blocks import label_related, label_repeated
from services.enrichment.cleaning.lines.line import split_lines
from services.enrichment.cleaning.lines.rules import label_line
from services.enrichment.cleaning.offset_map import MappedText, Segment
from services.enrichment.cleaning.text import clean_mapped_text

MIN_ALIGNED_SHARE = 0.5
"""Minimum share of the extracted letters that must have a place in a part of the page; else the whole page is read."""

MARKUP = "markup"
"""Name under which the event reports the removed markup."""

STATED_RATIO = 1.8
"""Number of times that the body in the JSON-LD must be as long as the extract, to be trusted instead."""

MAX_BRIEF_CHARACTERS = 600
"""Number of characters under which an extract is compared with the page's article element: trafilatura looks for more
text where it finds less than some hundred characters, and then returns menus and joined lines."""

MAX_SEGMENTS = 10_000
"""Maximum number of segments of a page's text; a text with more loses its map to the page. A page with each word in a
tag of its own is no news page, and spans for each word would help no one."""


def clean_html(raw: str, known: KnownFields, url: str | None = None) -> CleanArticle:
    """Return the article in an HTML page, whose address the sender may have given.

    A fragment of a page is the article as a whole. If trafilatura finds no body, or would take too long, the text of
    the page's article element, or of the whole page, is cleaned as plain text.
    """
    page = PageSource(raw)
    metadata = read_metadata(page, url=url, reference=known.reference)
    title = known.title or metadata.title
    known = replace(
        known,
        title=title,
        byline=known.byline or metadata.authors,
        section=known.section or metadata.section,
        tags=known.tags or metadata.tags,
        published_at=known.published_at or metadata.published_at,
        modified_at=metadata.modified_at,
        canonical_url=metadata.canonical_url,
        source=metadata.source,
    )
    return assess(raw, _clean_page(page, known, metadata), metadata, known.reference)


def _clean_page(page: PageSource, known: KnownFields, metadata: Metadata) -> CleanArticle:
    """Return the article in a page whose metadata is known."""
    raw, title = page.html, known.title
    if is_fragment(raw):
        return _compose(raw, _limit_segments(_add_title(map_fragment(page), MappedText("", ()), title)), known)
    stated = read_body(metadata.article)
    body = extract_body(page, len(stated))
    is_joined = "\n" not in body and "\n" in stated and body.split() == stated.split()
    if is_joined or (len(stated) > STATED_RATIO * len(body) and is_running_text(stated)):
        mapped = map_body(raw, stated)
        return _compose(raw, _limit_segments(_add_title(mapped, page.text, title)), known)
    if len(body) < MAX_BRIEF_CHARACTERS:
        article = map_article(page)
        if not body or (article is not None and not _has_lines(article.text, body)):
            mapped = _limit_segments(article or page.text)
            return clean_mapped_text(raw, mapped, known, MARKUP, is_wrapped=False)
    region, _ = scan_region(page, body)
    mapped = align(body, region)
    if _count_mapped(mapped) < MIN_ALIGNED_SHARE * len(body):
        region = page.text
        mapped = align(body, region)
    mapped, captions = add_captions(raw, _limit_segments(mapped))
    return _compose(raw, _add_title(mapped, region, title), known, captions)


def _has_lines(text: str, body: str) -> bool:
    """Return whether a text has all lines of an extract; trafilatura joins the lines of a brief, or adds the menu."""
    return all(line in text for line in body.split("\n"))


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
    taken = [(part.raw_start, part.raw_end) for part in mapped.segments]
    segments: list[Segment] = []
    place = page.text.find(title)
    while place >= 0 and not segments:
        found = page.find_segments(place, place + len(title))
        first, last = (found[0].raw_start, found[-1].raw_end) if found else (0, 0)
        if found and last <= body_start and not any(start < last and end > first for start, end in taken):
            segments = [Segment(part.start - place, part.end - place, part.raw_start) for part in found]
        place = page.text.find(title, place + 1)
    shift = len(title) + 1
    body = (Segment(part.start + shift, part.end + shift, part.raw_start) for part in mapped.segments)
    return MappedText(f"{title}\n{mapped.text}", (*segments, *body))


def _compose(raw: str, mapped: MappedText, known: KnownFields, captions: int = 0) -> CleanArticle:
    """Return the article of a text whose first line is the title, if there is one, and whose last are captions."""
    lines = split_lines(mapped.text)
    headline = lines.pop(0) if known.title else None
    for line in lines:
        label_line(line)
    label_related(lines)
    article = ArticleLines([headline, *lines] if headline else lines, headline=headline)
    find_captions(article)
    credited = {id(caption.line) for caption in article.captions}
    for line in lines[len(lines) - captions :]:
        if line.label is None and id(line) not in credited:
            article.captions.append(CaptionLine(line, line.end, Caption(text=line.text)))
    label_repeated_headline(article, known.title)
    label_repeated(article.body_lines(), is_dump=False)
    return compose(raw, mapped, article, known, MARKUP, is_wrapped=False)
