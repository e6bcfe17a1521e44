"""Scores of stories on rows that name their event, or on pairs of articles, judged as match judges them."""

from __future__ import annotations

import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final, NamedTuple, TextIO

from services.contracts.event import Duplicate, Signature
from services.contracts.event.story_features import StoryFeatures
from services.contracts.text.folding import fold
from services.enrichment.matching import MatchIndex, compute_signature, judge_and_remember
from services.enrichment.stories.article import StoryArticle
from services.enrichment.stories.features.extraction import extract_features
from services.enrichment.stories.index import StoryIndex
from services.enrichment.stories.parameters import DAY_MS, Preset, StoryParameters
from services.enrichment.stories.similarity.article_view import view_article
from services.enrichment.stories.similarity.comparison import compare
from services.enrichment.stories.similarity.profile import EMPTY, add_article, view_profile
from services.enrichment.stories.similarity.weights import StoryWeights, load_weights
from services.errors import PermanentError
from services.evaluation.duplicates import score_pairs
from services.evaluation.rows import Row, require_text
from services.evaluation.scores import DIGITS, compute_scores, round_scores

SEED: Final = 20261130
"""Seed of the shuffled order."""
SAME_STORY: Final = 2.0
"""Largest grade of a pair (1 the same story, 4 unrelated) that counts as one story."""
LANGUAGE: Final = "en"


class StoryRow(NamedTuple):
    """A labelled article, prepared for match."""

    id: str
    event: str
    features: StoryFeatures
    signature: Signature
    headline: str | None
    source: str | None
    at_ms: int | None
    """Time of arrival in milliseconds since the epoch; None if the row names none."""


class Arrival(NamedTuple):
    """The arrival of a row."""

    log_ms: int
    """Time in milliseconds since the epoch."""
    number: int
    """Number of the row in the file, from 0."""


@dataclass(frozen=True, slots=True)
class Clustering:
    """The stories of rows that arrived in one order."""

    stories: list[str]
    """The story of each row at the end, in the order of the file."""
    moved: int
    """Rows whose story a merge has changed."""
    merges: int
    seconds: float


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
    return {
        **mean,
        "articles": len(prepared),
        "events": len({row.event for row in prepared}),
        "preset": preset,
        "orders": dict(zip(("file", "reversed", "shuffled"), scores, strict=True)),
        "articles_per_second": round(sum(len(prepared) / one.seconds for one in found) / len(found), 1),
    }


def prepare_row(row: Row, number: int) -> StoryRow:
    """Return a row with its features. Raises PermanentError naming the line if a field is missing or wrong."""
    event, text = require_text(row, "event", number), require_text(row, "text", number)
    headline, source = row.get("headline"), row.get("source")
    return StoryRow(
        str(row.get("id", number)),
        event,
        extract_features(headline, text, str(row.get("language", LANGUAGE))),
        compute_signature(headline, text, canonical_url=row.get("url")),
        headline,
        fold(str(source)) if source else None,
        _read_time(row.get("at"), number),
    )


def list_orders(rows: Sequence[StoryRow]) -> list[list[Arrival]]:
    """Return three orders of arrival: the file's, its reverse, and a shuffled one.

    Without times the articles arrive a millisecond apart in any order. With times the reverse turns them around, and
    in the third order each article is late by a random part of a day.
    """
    generator = random.Random(SEED)
    times = [row.at_ms for row in rows if row.at_ms is not None]
    if len(times) < len(rows):
        numbers = list(range(len(rows)))
        orders = [numbers, numbers[::-1], generator.sample(numbers, len(numbers))]
        return [[Arrival(place, number) for place, number in enumerate(order, start=1)] for order in orders]
    ends = min(times) + max(times)
    late = [at_ms + generator.randrange(DAY_MS) for at_ms in times]
    given = ([Arrival(at_ms, number) for number, at_ms in enumerate(each)] for each in (times, late))
    straight, delayed = (sorted(each) for each in given)
    return [straight, [Arrival(ends - at_ms, number) for at_ms, number in reversed(straight)], delayed]


def cluster(
    rows: Sequence[StoryRow],
    order: Sequence[Arrival],
    *,
    preset: Preset = "default",
    weights: StoryWeights | None = None,
) -> Clustering:
    """Let rows arrive in an order, as in match's lane, and return their stories."""
    index, matching = StoryIndex(StoryParameters(preset=preset), weights), MatchIndex()
    merges = 0
    began = time.perf_counter()
    assigned: dict[int, str] = {}
    for log_ms, number in order:
        row = rows[number]
        article_id = f"{number:032x}"
        verdict = judge_and_remember(matching, article_id, row.signature, log_ms)
        duplicate = verdict.duplicate if verdict is not None else Duplicate(verdict="original")
        article = StoryArticle(article_id, row.features, log_ms, duplicate, row.source, row.headline, LANGUAGE)
        mark = index.judge(article).mark
        index.apply(article_id, mark)
        assigned[number] = mark.story.id
        merges += len(mark.merged)
    seconds = time.perf_counter() - began
    final = [index.assignments.resolve(assigned[number]) for number in range(len(rows))]
    moved = sum(assigned[number] != story for number, story in enumerate(final))
    return Clustering(final, moved, merges, seconds)


def score_clustering(rows: Sequence[StoryRow], found: Clustering) -> dict[str, Any]:
    """Return B-cubed precision, recall and F1, the scores of pairs, and what merges have changed."""
    events = [row.event for row in rows]
    held: defaultdict[str, set[str]] = defaultdict(set)
    for event, story in zip(events, found.stories, strict=True):
        held[story].add(event)
    pairs = score_pairs(events, found.stories)
    return {
        **score_b_cubed(events, found.stories),
        "pairs": {name: pairs[name] for name in ("precision", "recall", "f1")},
        "stories": len(held),
        "most_events_of_a_story": max(map(len, held.values())),
        "merges": found.merges,
        "churn": round(found.moved / len(rows), DIGITS),
    }


def score_b_cubed(events: Sequence[str], stories: Sequence[str]) -> dict[str, float]:
    """Return B-cubed precision, recall and F1 (Bagga and Baldwin 1998), each the mean over all rows."""
    pairs = list(zip(events, stories, strict=True))
    by_event, by_story, by_both = Counter(events), Counter(stories), Counter(pairs)
    both = [by_both[pair] for pair in pairs]
    precision = sum(count / by_story[story] for count, story in zip(both, stories, strict=True)) / len(events)
    recall = sum(count / by_event[event] for count, event in zip(both, events, strict=True)) / len(events)
    return round_scores(precision, recall)


def evaluate_pairs(
    rows: Iterable[Row], predictions: TextIO | None = None, *, preset: Preset = "default"
) -> dict[str, Any]:
    """Score pairs of articles `a` and `b` with a grade `overall`: those of at most 2 should be one story."""
    threshold = load_weights().find_thresholds(preset).join
    correct = found = wanted = count = 0
    for number, row in enumerate(rows, start=1):
        score = score_pair(require_text(row, "a", number), require_text(row, "b", number))
        is_same = _read_grade(row, number) <= SAME_STORY
        is_joined = score >= threshold
        count += 1
        correct, found, wanted = correct + (is_same and is_joined), found + is_joined, wanted + is_same
        if predictions is not None:
            line = {"id": row.get("id", number), "overall": row["overall"], "same": is_joined}
            predictions.write(json.dumps(line, ensure_ascii=False) + "\n")
    return {**compute_scores(correct=correct, found=found, wanted=wanted), "pairs": count, "preset": preset}


def score_pair(one: str, other: str, weights: StoryWeights | None = None) -> float:
    """Return the log-odds that two articles are of one story: the mean of both orders of arrival."""
    weights = weights or load_weights()
    views = [view_article(extract_features(None, text, LANGUAGE)) for text in (one, other)]
    profiles = [view_profile(add_article(EMPTY, view)) for view in views]
    return sum(weights.score(compare(views[at], profiles[1 - at]), 0) for at in (0, 1)) / 2


def _read_time(value: object, number: int) -> int | None:
    if value is None:
        return None
    try:
        return int(datetime.fromisoformat(str(value)).timestamp() * 1000)
    except ValueError as error:
        raise PermanentError(f"line {number}: the field `at` is no time in the form of RFC 3339") from error


def _read_grade(row: Row, number: int) -> float:
    value = row.get("overall")
    if not isinstance(value, int | float):
        raise PermanentError(f"line {number}: the field `overall` is missing or no number")
    return float(value)
