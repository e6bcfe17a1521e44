"""Cleaning scored on pages with their gold article body: F1 of shingles, as the article-extraction-benchmark has it."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal, TextIO

from services.contracts.raw import RawArticle
from services.enrichment.cleaning import clean
from services.evaluation.rows import require_text

SHINGLE_WORDS = 4
"""Of the article-extraction-benchmark (Scrapinghub 2020): long enough that a page's menu shares none with its body."""

DIGITS = 4
"""Decimals of a score: a hundred pages tell no more apart."""

WORD = re.compile(r"\w+")

CONTENT_TYPES: dict[str, Literal["text/html", "text/plain"]] = {"html": "text/html", "text": "text/plain"}


def evaluate_cleaning(
    rows: Iterable[dict[str, Any]], *, input: Literal["html", "text"], predictions: TextIO | None = None
) -> dict[str, Any]:
    """Score the cleaned body of rows of `html` or `text` (as `input` says) and `gold`.

    Precision and recall are means over pages of what their 4-word shingles share; F1 is of these means.
    `predictions` gets one line a row, with `gold` and `predicted`. Raises PermanentError naming the first bad row.
    """
    precisions: list[float] = []
    recalls: list[float] = []
    seconds = 0.0
    for number, row in enumerate(rows, start=1):
        gold, raw = require_text(row, "gold", number), _build_raw(row, input, number)
        began = time.perf_counter()
        predicted = clean(raw, reference=None).body
        seconds += time.perf_counter() - began
        precision, recall = compare(gold, predicted)
        precisions.append(precision)
        recalls.append(recall)
        if predictions is not None:
            predictions.write(json.dumps({"gold": gold, "predicted": predicted}, ensure_ascii=False) + "\n")
    return _report(precisions, recalls, seconds)


def compare(gold: str, predicted: str) -> tuple[float, float]:
    """Precision and recall of a predicted text's shingles, counted as often as they occur; 0 to 1."""
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
    # Not validated: a labelled page longer than what ingest takes is scored too.
    return RawArticle.model_construct(content=require_text(row, name, number), content_type=CONTENT_TYPES[name])


def _report(precisions: list[float], recalls: list[float], seconds: float) -> dict[str, Any]:
    count = len(precisions)
    precision = sum(precisions) / count if count else 0.0
    recall = sum(recalls) / count if count else 0.0
    return {
        "precision": round(precision, DIGITS),
        "recall": round(recall, DIGITS),
        "f1": round(2 * precision * recall / (precision + recall), DIGITS) if precision + recall else 0.0,
        "articles": count,
        "articles_per_second": round(count / seconds, 1) if seconds else 0.0,
    }
