"""The choice of the text that is the body: a whole fragment, the JSON-LD's body, the article's element, or the extract.

Each is chosen on its own evidence. A fragment has no page around it. The JSON-LD's body is much longer than the
extract, or has the line breaks that the extract lacks. A brief's extract does not have the lines of the article's
element in their order. Otherwise the extract is the body, with the page's standfirst.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.enrichment.cleaning.html.extract.body_text import read_body
from services.enrichment.cleaning.html.extract.extraction import extract_body, is_running_text
from services.enrichment.cleaning.html.extract.standfirst import add_standfirst
from services.enrichment.cleaning.html.metadata.linked_data import Node
from services.enrichment.cleaning.html.tree.regions import is_fragment, map_article, map_fragment
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.offset_map import MappedText

STATED_RATIO = 1.8
"""Number of times that the body in the JSON-LD must be as long as the extract, to be trusted instead."""

ELEMENT_RATIO = 4.0
"""Number of times that the article's element must be as long as a brief's extract, to be the body instead: the extract
is then one line of it, such as a notice about cookies. A stub is longer beside the rest of its element."""

MAX_BRIEF_CHARACTERS = 600
"""Number of characters under which an extract is compared with the page's article element: where trafilatura finds less
than some hundred characters, it searches for more text and returns menus and joined lines."""

OWN_SHARE = 0.5
"""Minimum share of a brief's extract that must be lines of the article's element, for the extract to be the body."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The text that was chosen, and how it was found."""

    way: Literal["fragment", "stated", "element", "extract"]
    mapped: MappedText
    """The text; that of a fragment or an element has its map to the page."""


def choose_body(page: PageSource, article: Node, descriptions: Sequence[str]) -> Choice:
    """Return the body of a page.

    `article` is the article's node in the JSON-LD, and `descriptions` are the summaries in the page's metadata.
    """
    if is_fragment(page.html):
        return Choice("fragment", map_fragment(page))
    stated = read_body(article)
    body = extract_body(page, len(stated))
    is_joined = "\n" not in body and "\n" in stated and body.split() == stated.split()
    if is_joined or (len(stated) > STATED_RATIO * len(body) and is_running_text(stated)):
        return Choice("stated", MappedText(stated, ()))
    if len(body) < MAX_BRIEF_CHARACTERS:
        element = map_article(page)
        if not body or (element is not None and _is_better(element.text, body)):
            return Choice("element", element or page.text)
    return Choice("extract", MappedText(add_standfirst(page, body, descriptions), ()))


def _is_better(element: str, body: str) -> bool:
    """Return whether the text of the article's element is the body, and not the short extract.

    The element is the body if the extract does not have its lines, or if it has much more running text.
    """
    is_longer = len(element) > ELEMENT_RATIO * len(body) and is_running_text(element)
    return is_longer or not _has_lines(element, body)


def _has_lines(text: str, body: str) -> bool:
    """Return whether a text has most lines of an extract, in the same order.

    trafilatura joins the lines of a brief, adds a menu, or puts lines of other elements behind the first paragraphs.
    """
    known, lines = ([" ".join(line.split()) for line in each.split("\n") if line.strip()] for each in (text, body))
    shown, rest = set(known), iter(known)
    own = [line for line in lines if line in shown]
    return sum(map(len, own)) >= OWN_SHARE * sum(map(len, lines)) and all(line in rest for line in own)
