"""Scores of cleaning on pages with a gold article body: F1 of shingles, as in the article-extraction-benchmark."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, Literal, TextIO

from services.contracts.raw import RawArticle
from services.enrichment.cleaning import CleanArticle, clean
from services.evaluation.page_fields import FieldScores, read_time
from services.evaluation.rows import require_text
from services.evaluation.scores import compute_f1, compute_share, round_scores

SHINGLE_WORDS = 4
"""Number of words of a shingle, as in the article-extraction-benchmark (Scrapinghub 2020): a page's menu and its body
hardly ever share that many words in a row."""

WORD = re.compile(r"\w+")

CONTENT_TYPES: dict[str, Literal["text/html", "text/plain"]] = {"html": "text/html", "text": "text/plain"}


def evaluate_cleaning(
    rows: Iterable[dict[str, Any]], *, input: Literal["html", "text"], predictions: TextIO | None = None
) -> dict[str, Any]:
    """Score the cleaned bodies of rows that have `gold` and, as chosen by `input`, `html` or `text`.

    Precision and recall are means over pages of the share of 4-word shingles; `f1` is computed from these means, and
    `mean_f1` is the mean of the pages' F1. Pages whose rows have `headline`, `authors` or `published_at` are scored
    on these fields, too. One line for each row, with `gold` and `predicted`, is written to `predictions`. A page
    whose cleaning raises an exception counts as one without a body, and `failed` counts such pages. Raises
    PermanentError naming the first bad row.
    """
    precisions: list[float] = []
    recalls: list[float] = []
    seconds = 0.0
    failed = 0
    fields = FieldScores()
    for number, row in enumerate(rows, start=1):
        gold, raw = require_text(row, "gold", number), _build_raw(row, input, number)
        began = time.perf_counter()
        try:
            article = clean(raw, reference=raw.fetched_at)
        except Exception:  # noqa: BLE001 - one page that fails is a result, and the other pages are scored
            article, failed = CleanArticle(), failed + 1
        predicted = article.body
        seconds += time.perf_counter() - began
        if input == "html":
            fields.add(row, headline=article.headline, authors=article.byline, day=_find_day(article))
        precision, recall = compare(gold, predicted)
        precisions.append(precision)
        recalls.append(recall)
        if predictions is not None:
            predictions.write(json.dumps({"gold": gold, "predicted": predicted}, ensure_ascii=False) + "\n")
    return {**_report(precisions, recalls, seconds, failed), **fields.report()}


def compare(gold: str, predicted: str) -> tuple[float, float]:
    """Return precision and recall, 0 to 1, of a predicted text's shingles, counted as often as they occur."""
    wanted, found = _count_shingles(gold), _count_shingles(predicted)
    if wanted == found:
        return 1.0, 1.0
    shared = (wanted & found).total()
    return (shared / found.total() if found else 0.0), (shared / wanted.total() if wanted else 0.0)


def _count_shingles(text: str) -> Counter[tuple[str, ...]]:
    words = WORD.findall(text)
    if not words:
        return Counter()
    return Counter(
        tuple(words[start : start + SHINGLE_WORDS]) for start in range(max(1, len(words) - SHINGLE_WORDS + 1))
    )


def _build_raw(row: dict[str, Any], name: str, number: int) -> RawArticle:
    # Not validated, so that a labelled page that is too long for ingest is scored too.
    content = require_text(row, name, number)
    return RawArticle.model_construct(
        content=content,
        content_type=CONTENT_TYPES[name],
        url=row.get("url"),
        fetched_at=read_time(row.get("fetched_at")),
    )


def _find_day(article: CleanArticle) -> date | None:
    """Return the day of publication that the article gives; None if it is only the time of the fetch."""
    published = article.published_at
    return published.value.date() if published is not None and published.basis != "fetched" else None


def _report(precisions: list[float], recalls: list[float], seconds: float, failed: int) -> dict[str, Any]:
    count = len(precisions)
    precision = sum(precisions) / count if count else 0.0
    recall = sum(recalls) / count if count else 0.0
    return {
        **round_scores(precision, recall),
        "mean_f1": compute_share(sum(map(compute_f1, precisions, recalls)), count),
        "articles": count,
        "failed": failed,
        "articles_per_second": round(count / seconds, 1) if seconds else 0.0,
    }
