"""Cleaning of labelled pages: pinned scores that a change must not lower."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from services.contracts.event import Caption, Dateline
from services.contracts.raw import RawArticle
from services.enrichment.cleaning import clean
from services.evaluation.cleaning import evaluate_cleaning
from services.evaluation.rows import read_rows

REFERENCE = datetime(2024, 7, 6, tzinfo=UTC)


@pytest.mark.parametrize(("form", "floor"), [("html", 0.965), ("text", 0.950)])
def test_cleaning_floor(data: Path, form: Literal["html", "text"], floor: float) -> None:
    """The 4-gram F1 against the gold bodies reaches the pinned score.

    The line model was trained on the same plain-text pages; docs/measurements.md has its score by cross-validation.
    """
    scores = evaluate_cleaning(read_rows(data / "cleaning/pages.jsonl"), input=form)

    assert scores["f1"] >= floor


def test_the_first_users_scrape(data: Path) -> None:
    """The first user's scrape gives the right headline, caption, dateline and body; all removed parts are recorded."""
    raw = (data / "articles/sample-upi.txt").read_text(encoding="utf-8")
    menu, _, headline, _, source, caption, repeated, _, first, *_, last, _, related = raw.split("\n")
    text, credit = caption.split(" Photo by ")
    dateline = "July 4 (UPI) -- "

    article = clean(RawArticle(content=raw), reference=REFERENCE)

    assert article.headline == headline
    assert article.captions == (Caption(text=text, credit=credit),)
    assert article.dateline == Dateline(date="2024-07-04", agency="UPI")
    assert article.dateline_text == dateline
    assert article.body.startswith(first.removeprefix(dateline))
    assert article.body.endswith(last)
    assert article.published_at is not None
    assert (article.published_at.basis, article.published_at.precision) == ("dateline", "day")
    removed = [span for span in article.removed if span.rule != "whitespace"]
    assert [(span.rule, raw[span.raw_start : span.raw_end]) for span in removed] == [
        ("navigation", menu),
        ("relative_time", source),
        ("credit", f" Photo by {credit}"),
        ("repeated_caption", repeated),
        ("related", related),
    ]
