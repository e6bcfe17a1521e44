"""The metadata of a page: Schema.org's JSON-LD, Open Graph, the usual meta tags, and `<time>` elements.

They are not read by trafilatura, because its search for a date reads the clock and takes half as long as the extraction
of the body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import islice

from services.contracts.event import ResolvedTime
from services.enrichment.cleaning.fields.bylines import find_names
from services.enrichment.cleaning.html.attributes import read_attributes
from services.enrichment.cleaning.html.marked_times import find_marked_times
from services.enrichment.cleaning.times import parse_iso

META = re.compile(r"<meta\b([^<>]{1,4096})>", re.IGNORECASE)
LINKED_DATA = re.compile(r"<script\b[^<>]{0,512}application/ld\+json[^<>]{0,512}>", re.IGNORECASE)
ELEMENT = re.compile(r"<(title|h1)\b[^<>]{0,1024}>", re.IGNORECASE)
TAGS = re.compile(r"<[^<>]{0,1024}>")

MAX_LINKED_DATA_CHARACTERS = 262_144
"""Maximum number of characters of a JSON-LD block that is parsed; the blocks of news pages have some thousands."""

MAX_NODES = 200
"""Maximum number of nodes of a JSON-LD block that are read."""

MAX_ELEMENTS = 20
"""Maximum number of titles and headings that are read; the first that has text is used."""

MAX_ELEMENT_CHARACTERS = 1_000
"""Maximum number of characters of markup in a title or a heading."""

ARTICLE_TYPES = (
    "Article",
    "NewsArticle",
    "BlogPosting",
    "Report",
    "ReportageNewsArticle",
    "AnalysisNewsArticle",
    "OpinionNewsArticle",
)

PUBLISHED = (
    "article:published_time",
    "og:published_time",
    "datepublished",
    "date",
    "pubdate",
    "publishdate",
    "publish-date",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.created",
    "article.published",
    "cxenseparse:recs:publishtime",
)
MODIFIED = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "lastmod",
    "last-modified",
    "dcterms.modified",
    "article.updated",
)
TITLES = ("og:title", "twitter:title", "parsely-title", "dc.title", "headline")
AUTHORS = ("author", "article:author", "parsely-author", "byl", "dc.creator", "sailthru.author", "article.author")
SECTIONS = ("article:section", "parsely-section", "section")

MAX_AUTHOR_CHARACTERS = 60
MAX_AUTHORS = 12


@dataclass(frozen=True, slots=True)
class Metadata:
    """Metadata that a page has about its article."""

    titles: tuple[str, ...] = ()
    """Candidates for the headline, the most trusted first."""
    site: str | None = None
    """Name of the site."""
    authors: tuple[str, ...] = ()
    section: str | None = None
    published_at: ResolvedTime | None = None
    modified_at: ResolvedTime | None = None


def read_metadata(html: str) -> Metadata:
    """Return the metadata of a page; metadata that is not well-formed is left out."""
    tags = _read_tags(html)
    nodes = list(_read_linked_data(html))
    titles = [*(_texts(node.get("headline")) for node in nodes), [tags[name] for name in TITLES if name in tags]]
    published = _first_time([*(text for node in nodes for text in _texts(node.get("datePublished")))], tags, PUBLISHED)
    modified = _first_time([*(text for node in nodes for text in _texts(node.get("dateModified")))], tags, MODIFIED)
    marked = find_marked_times(html) if published is None or modified is None else (None, None)
    authors = [name for node in nodes for name in _names(node.get("author"))] or _read_authors(tags)
    return Metadata(
        titles=tuple(dict.fromkeys(title for group in titles for title in group if title)),
        site=tags.get("og:site_name"),
        authors=tuple(dict.fromkeys(authors))[:MAX_AUTHORS],
        section=_first_text([*(text for node in nodes for text in _texts(node.get("articleSection")))], tags, SECTIONS),
        published_at=published or marked[0],
        modified_at=modified or marked[1],
    )


def read_element(html: str, name: str) -> str | None:
    """Return the text of the first element of a name ("title" or "h1") that has one, or None."""
    for match in islice(ELEMENT.finditer(html), MAX_ELEMENTS):
        if match[1].lower() == name:
            limit = match.end() + MAX_ELEMENT_CHARACTERS
            end = html.find("</", match.end(), limit)
            while end >= 0 and html[end + 2 : end + 2 + len(name)].lower() != name:
                end = html.find("</", end + 2, limit)
            text = _clean(TAGS.sub(" ", html[match.end() : end])) if end >= 0 else ""
            if text:
                return text
    return None


def _read_tags(html: str) -> dict[str, str]:
    """Return the contents of the meta tags by their names in small letters; of equal names, the first tag counts."""
    tags: dict[str, str] = {}
    for match in META.finditer(html):
        attributes = read_attributes(match[1])
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        content = _clean(attributes.get("content", ""))
        if name and content:
            tags.setdefault(name.lower(), content)
    return tags


def _read_linked_data(html: str) -> Iterator[dict[str, object]]:
    """Yield the articles in the JSON-LD blocks of a page; a block that is not JSON is left out."""
    for match in LINKED_DATA.finditer(html):
        end = html.find("</script", match.end(), match.end() + MAX_LINKED_DATA_CHARACTERS)
        if end < 0:
            continue
        try:
            yield from _find_articles(json.loads(html[match.end() : end], strict=False))
        except (ValueError, RecursionError):
            continue


def _find_articles(value: object) -> Iterator[dict[str, object]]:
    """Yield the nodes of an article's type, breadth first, among at most `MAX_NODES` nodes."""
    waiting, seen = [value], 0
    while waiting and seen < MAX_NODES:
        node = waiting.pop(0)
        seen += 1
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            kinds = node.get("@type")
            if any(kind in ARTICLE_TYPES for kind in _texts(kinds)):
                yield node
            waiting.extend(node[name] for name in ("@graph", "mainEntity", "mainEntityOfPage") if name in node)


def _texts(value: object) -> list[str]:
    """Return the texts of a value that is a text or a list with texts."""
    if isinstance(value, str):
        return [_clean(value)]
    if isinstance(value, list):
        return [_clean(item) for item in value if isinstance(item, str)]
    return []


def _names(value: object) -> list[str]:
    """Return the names of an author that is a text, a person, or a list of them."""
    items = value if isinstance(value, list) else [value]
    names = [item.get("name") if isinstance(item, dict) else item for item in items[:MAX_AUTHORS]]
    return [name for text in names for found in _texts(text) for name in _split_byline(found) if _is_name(name)]


def _split_byline(text: str) -> list[str]:
    """Return the names of a byline such as "By ANN LEE, AP Writer", which some pages give as a name, or the text."""
    found = find_names(text)
    return [text[start:end] for start, end in found] if found else [text]


def _read_authors(tags: dict[str, str]) -> list[str]:
    """Return the names of the first meta tag of authors that has only names."""
    for name in AUTHORS:
        found = re.sub(r"^[Bb][Yy]\s+", "", tags.get(name, ""))
        names = [part.strip() for part in re.split(r", | and |; ", found)]
        if found and all(_is_name(part) for part in names):
            return names
    return []


def _is_name(text: str) -> bool:
    return 0 < len(text) <= MAX_AUTHOR_CHARACTERS and "://" not in text and "@" not in text and not text.isdigit()


def _first_text(found: list[str], tags: dict[str, str], names: tuple[str, ...]) -> str | None:
    """Return the first text that is not empty, of those found and then of the meta tags with these names."""
    return next((text for text in (*found, *(tags.get(name, "") for name in names)) if text), None)


def _first_time(found: list[str], tags: dict[str, str], names: tuple[str, ...]) -> ResolvedTime | None:
    """Return the first time that can be read, of those found and then of the meta tags with these names."""
    for text in (*found, *(tags[name] for name in names if name in tags)):
        moment = parse_iso(text)
        if moment is not None:
            return moment.to_resolved_time("metadata")
    return None


def _clean(text: str) -> str:
    """Return the text with its character references decoded and each run of blanks as one space."""
    return " ".join(unescape(text).split())
