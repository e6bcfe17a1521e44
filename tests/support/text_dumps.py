"""Plain-text dumps of pages as scrapers make them: one line for each block element, or for each text node."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree, html

UNSEEN = ("script", "style")
BLOCKS = frozenset(
    "address article aside blockquote body br caption dd details dialog div dl dt fieldset figcaption figure footer"
    " form h1 h2 h3 h4 h5 h6 head header hr html iframe legend li main nav noscript ol option p pre section select"
    " summary table tbody td textarea tfoot th thead title tr ul video".split()
)


def dump_blocks(page: str) -> str:
    """Return one line for the text of each block element: inline elements do not break a line."""
    lines: list[str] = []
    line: list[str] = []
    for text, is_break in _walk(_parse(page)):
        if is_break:
            lines.append(" ".join("".join(line).split()))
            line = []
        line.append(text)
    lines.append(" ".join("".join(line).split()))
    return "\n".join(text for text in lines if text)


def dump_text_nodes(page: str) -> str:
    """Return one line for each text node that is not blank: lxml's `itertext`."""
    texts = (" ".join(str(text).split()) for text in _parse(page).itertext())
    return "\n".join(text for text in texts if text)


def _parse(page: str) -> html.HtmlElement:
    parser = html.HTMLParser(encoding="utf-8")
    tree = html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    etree.strip_elements(tree, *UNSEEN, etree.Comment, etree.ProcessingInstruction, with_tail=False)
    return tree


def _walk(tree: html.HtmlElement) -> Iterator[tuple[str, bool]]:
    """Yield each text with whether a line breaks before it."""
    is_break = False
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        is_break = is_break or element.tag in BLOCKS
        text = element.text if event == "start" else element.tail
        if text:
            yield text, is_break
            is_break = False
