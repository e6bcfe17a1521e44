"""Scores of near-duplicates on rows that name their page: a pair of rows of one page should be in one cluster."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable
from math import comb
from typing import Any, TextIO

from services.enrichment.matching import MatchIndex, compute_signature, judge_and_remember
from services.evaluation.rows import require_text
from services.evaluation.scores import compute_scores


def evaluate_duplicates(rows: Iterable[dict[str, Any]], predictions: TextIO | None = None) -> dict[str, Any]:
    """Score the clusters that `duplicate_of` makes of rows with `page` and `text`, judged in their order.

    Precision, recall and F1 count pairs of rows. One line for each row is written to `predictions`, with `page` and
    `cluster`, which is the id of the row's original (the row's `id`, else its number, as text). Raises PermanentError
    naming the first bad row.
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
        # One millisecond apart: practically the same time, but in order.
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
    """Return precision, recall and F1 over all pairs of rows: pairs in one cluster against pairs of one page."""
    wanted = _count_pairs(pages)
    found = _count_pairs(clusters)
    both = _count_pairs(list(zip(pages, clusters, strict=True)))
    return {
        **compute_scores(correct=both, found=found, wanted=wanted),
        "gold_pairs": wanted,
        "predicted_pairs": found,
        "correct_pairs": both,
    }


def _count_pairs(keys: Iterable[object]) -> int:
    return sum(comb(count, 2) for count in Counter(keys).values())
