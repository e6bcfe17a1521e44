"""The tree of a page, which trafilatura reads."""

from __future__ import annotations

from copy import copy

from lxml import etree
from lxml.html import HtmlElement, document_fromstring
from trafilatura.settings import MANUALLY_CLEANED
from trafilatura.xpaths import BODY_XPATH

CONTROLS = bytes(byte for byte in range(ord(" ")) if byte not in b"\t\n\r")
"""Control characters that XML does not allow; libxml2 would end the page at the first one."""

PARSER = etree.HTMLParser(encoding="utf-8", collect_ids=False, remove_comments=True, remove_pis=True)
PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
"""Parser whose elements all have one class: lxml.html's own parser calls Python to choose the class of each element."""

NAMED_CONTAINERS = 2
"""Number of trafilatura's expressions for the article's element that are used here."""


def parse_page(html: str) -> HtmlElement | None:
    """Return the root of a page's tree; None if the page has no element."""
    try:
        return document_fromstring(html.encode(errors="ignore").translate(None, CONTROLS), parser=PARSER)
    except etree.LxmlError:
        return None


def copy_container(tree: HtmlElement) -> HtmlElement | None:
    """Return a page that has only the element in which trafilatura looks for the article first; None if there is none.

    trafilatura searches the page for its expressions one after the other. The first ones name the element of an
    article's text, or are the page's first `<article>`. What trafilatura removes before it searches is no article.
    """
    matches = (element for expression in BODY_XPATH[:NAMED_CONTAINERS] for element in expression(tree)[:1])
    container = next(matches, None)
    if container is None or any(map(_is_removed, (container, *container.iterancestors()))):
        return None
    own = copy(container)
    own.tail = None
    page = PARSER.makeelement("body")
    page.append(own)
    return page


def _is_removed(element: HtmlElement) -> bool:
    """Return whether trafilatura removes an element: by its tag, or as comments, which are articles on some pages."""
    names = f"{element.get('class', '')} {element.get('id', '')}".lower()
    return element.tag in MANUALLY_CLEANED or (element.tag != "body" and "comment" in names)
