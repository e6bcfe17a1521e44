"""Stories of labelled rows that arrive in an order, found as match finds them."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from services.contracts.event import Duplicate, Signature
from services.contracts.event.story_features import StoryFeatures
from services.contracts.stories.listing import find_current
from services.contracts.text.folding import fold
from services.enrichment.matching import MatchIndex, compute_signature, judge_and_remember
from services.enrichment.stories.article import StoryArticle
from services.enrichment.stories.features.extraction import extract_features
from services.enrichment.stories.index import StoryIndex
from services.enrichment.stories.parameters import DAY_MS, Preset, StoryParameters
from services.enrichment.stories.similarity.weights import StoryWeights
from services.errors import PermanentError
from services.evaluation.rows import Row, require_text

SEED: Final = 20261130
"""Seed of the shuffled order."""
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

    joined: list[str]
    """The story of each row when it arrived, in the order of the file."""
    stories: list[str]
    """The story of each row at the end, after all merges."""
    order: Sequence[Arrival]
    seconds: float


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
        read_time(row.get("at"), number),
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
    merged: dict[str, str] = {}
    began = time.perf_counter()
    joined = [""] * len(rows)
    for log_ms, number in order:
        row = rows[number]
        article_id = f"{number:032x}"
        verdict = judge_and_remember(matching, article_id, row.signature, log_ms)
        duplicate = verdict.duplicate if verdict is not None else Duplicate(verdict="original")
        article = StoryArticle(article_id, row.features, log_ms, duplicate, row.source, row.headline, LANGUAGE)
        mark = index.judge(article).mark
        index.apply(article_id, mark)
        # The index forgets a merge after days, and a file may have months.
        merged.update(dict.fromkeys(mark.merged, mark.state.id))
        joined[number] = mark.story.id
    seconds = time.perf_counter() - began
    return Clustering(joined, [find_current(story, merged) for story in joined], order, seconds)


def read_time(value: object, number: int) -> int | None:
    """Return a time of arrival in milliseconds since the epoch. Raises PermanentError naming the line for no time."""
    if value is None:
        return None
    try:
        return int(datetime.fromisoformat(str(value)).timestamp() * 1000)
    except ValueError as error:
        raise PermanentError(f"line {number}: the field `at` is no time in the form of RFC 3339") from error
