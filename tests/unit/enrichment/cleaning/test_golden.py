"""The project's own scrapes, stretch by stretch."""

from __future__ import annotations

import pytest

from tests.unit.enrichment.cleaning.accounting import check_books, clean_text, describe
from tests.unit.enrichment.cleaning.golden import GOLDEN


@pytest.mark.parametrize("name", GOLDEN)
def test_each_stretch_goes_where_it_belongs(name: str) -> None:
    """Each stretch of a scrape is kept in its field or taken out by its rule."""
    raw = "".join(text for _, text in GOLDEN[name])

    article = clean_text(raw)

    check_books(raw, article)
    assert describe(raw, article) == [stretch for stretch in GOLDEN[name] if stretch[0]]


@pytest.mark.parametrize("name", GOLDEN)
def test_the_body_is_its_paragraphs(name: str) -> None:
    """The body has the kept paragraphs, one empty line between them, and nothing else."""
    article = clean_text("".join(text for _, text in GOLDEN[name]))

    if name != "control characters":
        assert article.body == "\n\n".join(text for field, text in GOLDEN[name] if field == "body")
    else:
        assert article.body.endswith("for a new bridge across the Grand Harbour, nine votes to two.")
