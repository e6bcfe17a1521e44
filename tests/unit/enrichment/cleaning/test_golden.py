"""Cleaning of the project's own scrapes, stretch by stretch."""

from __future__ import annotations

import pytest

from tests.support.span_accounting import check_spans, clean_text, describe
from tests.unit.enrichment.cleaning.golden import GOLDEN


@pytest.mark.parametrize("name", GOLDEN)
def test_each_stretch_goes_where_it_belongs(name: str) -> None:
    """Each stretch of a scrape is kept in its field or removed by its rule."""
    raw = "".join(text for _, text in GOLDEN[name])

    article = clean_text(raw)

    check_spans(raw, article)
    assert describe(raw, article) == [stretch for stretch in GOLDEN[name] if stretch[0]]


@pytest.mark.parametrize("name", GOLDEN)
def test_the_body_is_its_paragraphs(name: str) -> None:
    """The body is the kept paragraphs with one empty line between them, and has no other text."""
    article = clean_text("".join(text for _, text in GOLDEN[name]))

    if name != "control characters":
        assert article.body == "\n\n".join(text for field, text in GOLDEN[name] if field == "body")
    else:
        assert article.body.endswith("for a new bridge across the Grand Harbour, nine votes to two.")
