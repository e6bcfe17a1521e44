"""The tree of a page, which trafilatura reads."""

from __future__ import annotations

from lxml import etree
from lxml.html import HtmlElement, document_fromstring

CONTROLS = bytes(byte for byte in range(ord(" ")) if byte not in b"\t\n\r")
"""Control characters that XML does not allow; libxml2 would end the page at the first one."""

PARSER = etree.HTMLParser(encoding="utf-8", collect_ids=False, remove_comments=True, remove_pis=True)
PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
"""Parser whose elements all have one class: lxml.html's own parser calls Python to choose the class of each element."""


def parse_page(html: str) -> HtmlElement | None:
    """Return the root of a page's tree; None if the page has no element."""
    try:
        return document_fromstring(html.encode(errors="ignore").translate(None, CONTROLS), parser=PARSER)
    except etree.LxmlError:
        return None
