"""Boxes within an article that their own markup names: a fact box, a newsletter, a promotion, comments.

The names are English in the markup of pages in any language. A name alone is weak evidence, because templates give such
names to whole articles, too. It therefore counts only where the page model is sure of no line in the element.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from services.enrichment.cleaning.html.extract.line_features import find_block
from services.enrichment.cleaning.html.tree.attributes import read_attributes
from services.enrichment.cleaning.html.tree.markup import TAG
from services.enrichment.cleaning.html.tree.outline import Outline
from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.offset_map import MappedText

CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
BOX = re.compile(
    r"(?:^|[\s_-])(?:(?:info|fact)s?-?box(?:es)?|newsletters?|subscribe|subscription|promo(?:s|tion)?|donat(?:e|ion)|comments?"
    r"|galler(?:y|ies)|teasers?|related)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Words in the class or the identifier of an element that is in an article and is not its text."""


def find_boxed(
    lines: Sequence[Line], sure: Iterable[Line], mapped: MappedText, outline: Outline, html: str
) -> list[Line]:
    """Return the lines that are in a named box; an element around one of the `sure` lines is no box."""
    is_named = cache(lambda element: _is_named(html, outline.places[element]))
    around_lines = ((line, filter(is_named, _list_elements(line, mapped, outline))) for line in lines)
    boxed = [(line, boxes) for line, named in around_lines if (boxes := list(named))]
    if not boxed:
        return []
    around = {element for line in sure for element in _list_elements(line, mapped, outline)}
    return [line for line, boxes in boxed if not around.issuperset(boxes)]


def _list_elements(line: Line, mapped: MappedText, outline: Outline) -> list[int]:
    """Return the numbers of the elements around a line, the innermost first, without the page itself."""
    block = find_block(line, mapped, outline)
    element = 0 if block is None else outline.elements[block]
    elements: list[int] = []
    while element:
        elements.append(element)
        element = outline.parents[element]
    return elements


def _is_named(html: str, place: int) -> bool:
    """Return whether the start tag at a place has the name of a box as its class or identifier."""
    tag = TAG.match(html, place)
    attributes = read_attributes(tag.group()) if tag else {}
    return any(BOX.search(CAMEL.sub("-", attributes.get(name, ""))) for name in ("class", "id"))
