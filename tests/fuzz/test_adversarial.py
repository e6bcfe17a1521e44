"""Pages that are written to cost time or to break the parser, and markup and text of any kind."""

from __future__ import annotations

import random
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.adversarial import build_adversarial_pages
from tests.fuzz.pages import SAMPLES, mutate
from tests.support.span_accounting import check_spans, clean_html, clean_text

PAGES = build_adversarial_pages(8_000)

CATEGORIES = sorted({unicodedata.category(chr(code)) for code in range(sys.maxunicode + 1)} - {"Cs"})
"""Unicode's categories of characters, without surrogates, which no text has."""

TAGS = st.sampled_from(
    "p /p div /div br ul li /ul table tr td /table h1 /h1 h3 article /article aside figure figcaption time script "
    "/script style !-- svg a /a b /b span nav /nav blockquote template noscript".split()
).map(lambda name: f"<{name}>")
WORDS = st.sampled_from(["The vote was close.", "By Ann Lee", "Share", "5 March 2026", "&amp;", "&#1;", "\u3000|", "x"])


@pytest.mark.parametrize("name", PAGES)
def test_adversarial_pages(name: str) -> None:
    """A page that is written to cost much is cleaned, and every character is accounted for."""
    check_spans(PAGES[name], clean_html(PAGES[name]))


@pytest.mark.parametrize("seed", range(20))
def test_mutated_pages(seed: int) -> None:
    """A page that was cut, doubled and shuffled at random is cleaned, and every character is accounted for."""
    chance = random.Random(seed)
    page = mutate(chance.choice(SAMPLES), chance)
    check_spans(page, clean_html(page))
    check_spans(page, clean_text(page))


@pytest.mark.parametrize("category", CATEGORIES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_text_of_every_category(category: Any, data: st.DataObject) -> None:
    """Text with characters of any category of Unicode is cleaned, as text and in a page."""
    lines = st.text(st.one_of(st.characters(categories=[category]), st.sampled_from("a ,.|•-\n")), max_size=60)
    text = data.draw(lines)
    check_spans(text, clean_text(text))
    page = f"<html><body><article><h1>Vote</h1><p>{text}</p><p>The vote was close.</p></article></body></html>"
    check_spans(page, clean_html(page))


@settings(max_examples=150, deadline=None)
@given(parts=st.lists(st.one_of(TAGS, WORDS), max_size=40))
def test_random_markup(parts: list[str]) -> None:
    """Any sequence of tags and texts is cleaned, and every character is accounted for."""
    page = "".join(parts)
    check_spans(page, clean_html(page))
