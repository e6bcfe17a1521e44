"""The articles in the JSON-LD of a page (Schema.org), read leniently, as search engines read it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from services.contracts.text.folding import replace_surrogates
from services.contracts.text.references import decode_references
from services.enrichment.cleaning.html.tree.source import PageSource

Node = dict[str, Any]

MAX_BLOCK_CHARACTERS = 1_048_576
"""Maximum number of characters of a block that is parsed; the blocks of news pages have some thousands, and those of
live blogs some hundred thousand."""

MAX_NODES = 500
"""Maximum number of nodes of a page that are read."""

ARTICLE_TYPE = re.compile(r"(?:article|posting|report|review|claimreview|newsanalysis)$", re.IGNORECASE)
"""End of the names of the types of articles, such as NewsArticle, LiveBlogPosting, http://schema.org/Article."""

LIVE_TYPE = re.compile(r"liveblogposting$", re.IGNORECASE)
PAGE_TYPE = re.compile(r"(?:web|item|about|profile|checkout)page$", re.IGNORECASE)
"""End of the names of the types of pages, which have the article's times on pages without an article's node."""

PARTS = ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item", "hasPart")
"""Names of values in which an article can be."""

NO_LETTERS = re.compile(r"[\W_]+")

OPENING = re.compile(r"(?://\s*)?(?:<!\[CDATA\[|<!--)")
CLOSING = ("]]>", "-->")
SPARE = "; \t\r\n"
"""Marks around the JSON of a block, and the characters at its end that are not JSON."""

STRING = r'"(?:[^"\\]++|\\.)*+"?'
COMMENT = re.compile(rf"({STRING})|/\*.*?(?:\*/|\Z)|//[^\n]*", re.DOTALL)
SPARE_COMMA = re.compile(rf"({STRING})|,(?=\s*[}}\]])", re.DOTALL)
"""Patterns for a comment, and for a comma after the last item. They match whole strings as well, because a string may
contain both. A string or a comment without an end continues to the end of the block, so that each character is read
once."""

MAX_WRAPPINGS = 2
"""Maximum number of marks on each side: a comment in a CDATA section has two."""


def read_nodes(page: PageSource) -> list[Node]:
    """Return the objects in the JSON-LD blocks of a page, at most `MAX_NODES`; a block that is not JSON is left out."""
    nodes: list[Node] = []
    for start, end in page.tags.linked_data:
        if end - start <= MAX_BLOCK_CHARACTERS and len(nodes) < MAX_NODES:
            nodes.extend(_walk(_parse(page.html[start:end]), MAX_NODES - len(nodes)))
    return nodes


def choose_article(nodes: Iterable[Node], titles: Iterable[str]) -> Node:
    """Return the page's article among the nodes, or an empty node.

    A page can have the nodes of other articles, too: the first node counts whose headline is one of the titles that the
    page shows, else the first node of an article.
    """
    articles = [node for node in nodes if _has_type(node, ARTICLE_TYPE)]
    shown = {fold_title(title) for title in titles} - {""}
    own = (
        node for node in articles if (title := fold_title(read_text(node.get("headline")))) and _is_shown(title, shown)
    )
    return next(own, articles[0] if articles else {})


def find_page(nodes: Iterable[Node]) -> Node:
    """Return the first node of a page, or an empty node."""
    return next((node for node in nodes if _has_type(node, PAGE_TYPE)), {})


def find_live_blog(nodes: Iterable[Node]) -> Node:
    """Return the first node of a live blog, or an empty node."""
    return next((node for node in nodes if _has_type(node, LIVE_TYPE)), {})


def resolve(value: object, nodes: Iterable[Node]) -> list[object]:
    """Return a value as a list, with each reference ({"@id": ...}) replaced by the node that it refers to."""
    known = {str(node["@id"]): node for node in nodes if "@id" in node and len(node) > 1}
    return [
        known.get(str(item["@id"]), item) if isinstance(item, dict) and _is_reference(item) else item
        for item in list_values(value)
    ]


def list_values(value: object) -> list[Any]:
    """Return a value as a list: Schema.org allows one value wherever it allows several."""
    return value if isinstance(value, list) else [value]


def read_text(value: object) -> str:
    """Return a value's text, or the first text of a list; an empty text for anything else."""
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), None)
    return replace_surrogates(value) if isinstance(value, str) else ""


def fold_title(title: str) -> str:
    """Return the letters and digits of a title in small letters, by which two titles are compared."""
    return NO_LETTERS.sub("", decode_references(title).casefold())


def _is_shown(title: str, shown: Iterable[str]) -> bool:
    return any(title == other or (len(title) > len(other) / 2 and title in other) for other in shown)


def _is_reference(item: Node) -> bool:
    return "@id" in item and "name" not in item


def _has_type(node: Node, pattern: re.Pattern[str]) -> bool:
    return any(isinstance(kind, str) and pattern.search(kind) for kind in list_values(node.get("@type")))


def _parse(text: str) -> object:
    """Parse a block; if that fails, parse it without what pages put into it by mistake."""
    attempts: tuple[Callable[[], str], ...] = (
        lambda: text,
        lambda: _repair(text),
        lambda: _repair(decode_references(text)),
    )
    for attempt in attempts:
        try:
            return json.loads(attempt(), strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _repair(text: str) -> str:
    """Return a block without comments, CDATA marks, a semicolon at its end and spare commas."""
    bare = text.strip()
    for _ in range(MAX_WRAPPINGS):
        opening = OPENING.match(bare)
        bare = (bare[opening.end() :] if opening else bare).strip().rstrip(SPARE)
        if bare.endswith(CLOSING):
            bare = bare[: -len(CLOSING[0])].rstrip().removesuffix("//").rstrip(SPARE)
    return SPARE_COMMA.sub(r"\1", COMMENT.sub(r"\1", bare)).strip().rstrip(SPARE)


def _walk(value: object, limit: int) -> Iterator[Node]:
    """Yield the objects of a block, breadth first."""
    waiting, position, seen = [value], 0, 0
    while position < len(waiting) and seen < limit:
        node = waiting[position]
        position += 1
        if isinstance(node, list):
            waiting.extend(node[:limit])
        elif isinstance(node, dict):
            seen += 1
            yield node
            waiting.extend(node[name] for name in PARTS if name in node)
