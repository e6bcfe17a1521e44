"""The choice of the text that is the body: the whole fragment, the extract, the article's element, or the JSON-LD.

Each way counts where the evidence is for it: a fragment has no page around it; the JSON-LD's body is much longer than
the extract, or has the lines that the extract joined; a brief stands in the article's element line by line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.enrichment.cleaning.html.extract.body_text import read_body
from services.enrichment.cleaning.html.extract.extraction import extract_body, is_running_text
from services.enrichment.cleaning.html.metadata.linked_data import Node
from services.enrichment.cleaning.html.tree.regions import is_fragment, map_article, map_fragment
from services.enrichment.cleaning.html.tree.source import PageSource
from services.enrichment.cleaning.offset_map import MappedText

STATED_RATIO = 1.8
"""Number of times that the body in the JSON-LD must be as long as the extract, to be trusted instead."""

MAX_BRIEF_CHARACTERS = 600
"""Number of characters under which an extract is compared with the page's article element: trafilatura looks for more
text where it finds less than some hundred characters, and then returns menus and joined lines."""

OWN_SHARE = 0.5
"""Minimum share of a brief's extract that must be lines of the page, for the extract to count."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The text that was chosen, and how it was found."""

    way: Literal["fragment", "stated", "element", "extract"]
    text: str
    mapped: MappedText | None = None
    """The text with its map to the page, where the way gives one."""


def choose_body(page: PageSource, article: Node) -> Choice:
    """Return the body of a page; `article` is the article's node in the JSON-LD."""
    if is_fragment(page.html):
        fragment = map_fragment(page)
        return Choice("fragment", fragment.text, fragment)
    stated = read_body(article)
    body = extract_body(page, len(stated))
    is_joined = "\n" not in body and "\n" in stated and body.split() == stated.split()
    if is_joined or (len(stated) > STATED_RATIO * len(body) and is_running_text(stated)):
        return Choice("stated", stated)
    if len(body) < MAX_BRIEF_CHARACTERS:
        element = map_article(page)
        if not body or (element is not None and not _has_lines(element.text, body)):
            element = element or page.text
            return Choice("element", element.text, element)
    return Choice("extract", body)


def _has_lines(text: str, body: str) -> bool:
    """Return whether a text has most lines of an extract; trafilatura joins the lines of a brief, or adds a menu."""
    known = {" ".join(line.split()) for line in text.split("\n")}
    lines = [line for part in body.split("\n") if (line := " ".join(part.split()))]
    return sum(len(line) for line in lines if line in known) >= OWN_SHARE * sum(map(len, lines))
