"""Near-duplicates scored on rows that name the page they come from: pairs that share a page should share a cluster."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable
from math import comb
from typing import Any, TextIO

from services.enrichment.matching import MatchIndex, compute_signature, judge_and_remember
from services.evaluation.rows import require_text

DIGITS = 4
"""Decimals of a score: finer than a thousand texts can tell apart."""


def evaluate_duplicates(rows: Iterable[dict[str, Any]], predictions: TextIO | None = None) -> dict[str, Any]:
    """Score the clusters by `duplicate_of` of rows of `page` and `text`, judged in their order.

    Precision, recall and F1 count pairs of rows. `predictions` gets one line a row: `page` and `cluster`, the id of
    the row's original (the row's `id`, else its number, as text). Raises PermanentError naming the first bad row.
    """
    index = MatchIndex()
    pages: list[str] = []
    clusters: list[str] = []
    verdicts: Counter[str] = Counter()
    seconds = 0.0
    for number, row in enumerate(rows, start=1):
        page, text = require_text(row, "page", number), require_text(row, "text", number)
        article_id = str(row.get("id", number))
        began = time.perf_counter()
        # A millisecond apart: one moment for all, and yet an order.
        record = judge_and_remember(index, article_id, compute_signature(None, text), number)
        seconds += time.perf_counter() - began
        duplicate_of = record.duplicate.duplicate_of if record else None
        pages.append(page)
        clusters.append(duplicate_of or article_id)
        verdicts[record.duplicate.verdict if record else "repeated"] += 1
        if predictions is not None:
            predictions.write(json.dumps({"page": page, "cluster": clusters[-1]}, ensure_ascii=False) + "\n")
    return {
        **score_pairs(pages, clusters),
        "articles": len(pages),
        "verdicts": dict(sorted(verdicts.items())),
        "articles_per_second": round(len(pages) / seconds, 1) if seconds else 0.0,
    }


def score_pairs(pages: list[str], clusters: list[str]) -> dict[str, float | int]:
    """Precision, recall and F1 over all pairs of rows: of those in one cluster, how many are of one page."""
    wanted = _count_pairs(pages)
    found = _count_pairs(clusters)
    both = _count_pairs(list(zip(pages, clusters, strict=True)))
    precision = both / found if found else 0.0
    recall = both / wanted if wanted else 0.0
    return {
        "precision": round(precision, DIGITS),
        "recall": round(recall, DIGITS),
        "f1": round(2 * precision * recall / (precision + recall), DIGITS) if both else 0.0,
        "gold_pairs": wanted,
        "predicted_pairs": found,
        "correct_pairs": both,
    }


def _count_pairs(keys: Iterable[object]) -> int:
    return sum(comb(count, 2) for count in Counter(keys).values())
