"""Dumps of a page with one line for each block, or for each text node: the sentences are whole in both."""

from __future__ import annotations

import pytest

from services.enrichment.cleaning.lines.fragments import join_fragments
from services.enrichment.cleaning.offset_map import map_text
from tests.support.span_accounting import check_spans, clean_text
from tests.support.text_dumps import dump_blocks, dump_text_nodes

LINKED = [
    "The old ferry <a>Saint Olaf</a>, which belongs to <a>Marrow Lines</a>, ran aground on <i>Monday</i> off the coast"
    " of <a>Tolm</a>. Nobody was hurt.",
    "Its captain told the <a>Harbour Post</a> that the light of <a>Cape Ness</a> had been dark since <a>Sunday</a>.",
    "The coast guard (<a>Tolm station</a>) said the light had been switched off by mistake, and that it was sorry.",
    "Forty lorries wait in the port of <a>Marrow</a>, and the next ferry leaves on Thursday, the company said.",
]
WHOLE = [text.replace("<a>", "").replace("</a>", "").replace("<i>", "").replace("</i>", "") for text in LINKED]
MENU = "".join(f"<li><a>{name}</a></li>" for name in ("Home", "News", "Sport", "Weather", "Culture", "Jobs", "Shop"))
PAGE = (
    f"<html><head><title>Ferry aground</title><script>var a;</script></head><body><ul>{MENU}</ul><h1>Ferry aground</h1>"
    f"<p>{'</p><p>'.join(LINKED)}</p><footer><ul>{MENU}</ul></footer></body></html>"
)


@pytest.mark.parametrize("dump", [dump_blocks, dump_text_nodes])
def test_sentences_of_a_dump_are_whole(dump: object) -> None:
    """Links and italics do not break the sentences of a dump, and each character is accounted for."""
    assert callable(dump)
    text = dump(PAGE)
    article = clean_text(text)
    body = article.body.replace("( ", "(").replace(" (", "(")
    assert [sentence for sentence in WHOLE if sentence.replace(" (", "(") not in body] == []
    check_spans(text, article)


@pytest.mark.parametrize(
    "text",
    ["One line\nof a letter\nthat is wrapped,\nand goes on.", "A\n\nB", "", "Item one\n, odd\nItem two", "x\n\n\ny\n"],
)
def test_other_texts_stay(text: str) -> None:
    """A text that is no such dump, also one with wrapped lines, is returned unchanged."""
    assert join_fragments(map_text(text)).text == text


def test_joined_lines_lead_to_their_places() -> None:
    """Each stretch of the joined text is the same in the raw text."""
    raw = "The ferry\nSaint Olaf\n, of\nMarrow\n, ran aground\n.\nNobody was hurt\n."
    mapped = join_fragments(map_text(raw))
    assert mapped.text == "The ferry\nSaint Olaf, of Marrow, ran aground.\nNobody was hurt."
    for part in mapped.segments:
        assert mapped.text[part.start : part.end] == raw[part.raw_start : part.raw_end]
