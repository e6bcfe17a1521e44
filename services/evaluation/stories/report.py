"""Scores of stories on rows that name their event, or on pairs of articles, judged as match judges them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import chain
from typing import Any, Final, TextIO

from services.contracts.event.story_features import StoryFeatures
from services.enrichment.cleaning.compose import KnownFields
from services.enrichment.cleaning.text import clean_text
from services.enrichment.stories.features.extraction import extract_features
from services.enrichment.stories.parameters import Preset
from services.enrichment.stories.similarity.article_view import view_article
from services.enrichment.stories.similarity.comparison import NO_PRESENT, compare, find_present
from services.enrichment.stories.similarity.profile import EMPTY, add_article, view_profile
from services.enrichment.stories.similarity.weights import load_weights
from services.errors import PermanentError
from services.evaluation.rows import Row, require_text
from services.evaluation.scores import DIGITS, compute_scores
from services.evaluation.stories.clustering import LANGUAGE, cluster, list_orders, prepare_row, read_time
from services.evaluation.stories.scoring import score_clustering

SAME_STORY: Final = 2.0
"""Largest grade of a pair (1 the same story, 4 unrelated) that counts as one story."""


def evaluate_stories(
    rows: Iterable[Row], predictions: TextIO | None = None, *, preset: Preset = "default"
) -> dict[str, Any]:
    """Score stories on rows with `event` and `text`, in three orders of arrival, or on pairs with `a` and `b`.

    A row may have `id`, `headline`, `source`, `language` and `at` (RFC 3339). One line for each row is written to
    `predictions`, with `id`, `event` and `story` in the file's own order. Raises PermanentError naming the first bad
    row.
    """
    iterator = iter(rows)
    first = next(iterator, None)
    if first is None:
        return {"articles": 0}
    listed = list(chain([first], iterator))
    if "a" in first and "event" not in first:
        return evaluate_pairs(listed, predictions, preset=preset)
    prepared = [prepare_row(row, number) for number, row in enumerate(listed, start=1)]
    found = [cluster(prepared, order, preset=preset) for order in list_orders(prepared)]
    if predictions is not None:
        for row, story in zip(prepared, found[0].stories, strict=True):
            line = {"id": row.id, "event": row.event, "story": story}
            predictions.write(json.dumps(line, ensure_ascii=False) + "\n")
    scores = [score_clustering(prepared, one) for one in found]
    mean = {
        name: round(sum(one[name] for one in scores) / len(scores), DIGITS) for name in ("precision", "recall", "f1")
    }
    merges = [one["merges"] for one in scores]
    return {
        **mean,
        "merges": {name: sum(one[name] for one in merges) for name in merges[0]},
        "articles": len(prepared),
        "events": len({row.event for row in prepared}),
        "preset": preset,
        "orders": dict(zip(("file", "reversed", "shuffled"), scores, strict=True)),
        "articles_per_second": round(sum(len(prepared) / one.seconds for one in found) / len(found), 1),
    }


def evaluate_pairs(
    rows: Iterable[Row], predictions: TextIO | None = None, *, preset: Preset = "default"
) -> dict[str, Any]:
    """Score pairs of articles `a` and `b` with a grade `overall`: those of at most 2 should be one story.

    The texts are cleaned first, because such sets have whole pages. A row may have `at` (RFC 3339), the time at which
    both arrived: its year and date are no evidence. Without it all dates count.
    """
    threshold = load_weights().find_thresholds(preset).join
    correct = found = wanted = count = 0
    for number, row in enumerate(rows, start=1):
        one, other = (read_features(row, name, number) for name in ("a", "b"))
        is_same = _read_grade(row, number) <= SAME_STORY
        at_ms = read_time(row.get("at"), number)
        is_joined = score_pair(one, other, find_present(at_ms) if at_ms is not None else NO_PRESENT) >= threshold
        count += 1
        correct, found, wanted = correct + (is_same and is_joined), found + is_joined, wanted + is_same
        if predictions is not None:
            line = {"id": row.get("id", number), "overall": row["overall"], "same": is_joined}
            predictions.write(json.dumps(line, ensure_ascii=False) + "\n")
    return {**compute_scores(correct=correct, found=found, wanted=wanted), "pairs": count, "preset": preset}


def read_features(row: Row, name: str, number: int) -> StoryFeatures:
    """Return the features of a text of a row, cleaned as annotate cleans it.

    Raises PermanentError naming the line if there is no text.
    """
    cleaned = clean_text(require_text(row, name, number), KnownFields())
    return extract_features(cleaned.headline, cleaned.body, LANGUAGE)


def score_pair(one: StoryFeatures, other: StoryFeatures, present: frozenset[int] = NO_PRESENT) -> float:
    """Return the log-odds that two articles are of one story: the mean of both orders of arrival."""
    weights = load_weights()
    views = [view_article(features) for features in (one, other)]
    profiles = [view_profile(add_article(EMPTY, view)) for view in views]
    return sum(weights.score(compare(views[at], profiles[1 - at], present), 0) for at in (0, 1)) / 2


def _read_grade(row: Row, number: int) -> float:
    value = row.get("overall")
    if not isinstance(value, int | float):
        raise PermanentError(f"line {number}: the field `overall` is missing or no number")
    return float(value)
