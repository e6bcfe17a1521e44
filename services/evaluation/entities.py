"""Scores of entities on labelled sentences: exact span and type, on the gold tokens."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, TextIO

from services.enrichment.encoder import Encoder
from services.enrichment.entities import build_consistency_revision
from services.enrichment.labels import ENTITY_TYPES, OUTSIDE, TAGS, find_spans
from services.enrichment.words import find_words
from services.evaluation.rows import Row, check_rows
from services.evaluation.scores import compute_scores

NAMED: Final = ("PER", "ORG", "LOC")
"""Types that have the same meaning in all labelled sets used here."""


@dataclass(slots=True)
class SpanCounts:
    """Numbers of entities that are wanted (gold), found (predicted), and both."""

    both: int = 0
    found: int = 0
    wanted: int = 0

    def add(self, *, both: int, found: int, wanted: int) -> None:
        """Add the counts of one sentence."""
        self.both += both
        self.found += found
        self.wanted += wanted

    @classmethod
    def sum(cls, members: Iterable[SpanCounts]) -> SpanCounts:
        """Add up several types."""
        total = cls()
        for member in members:
            total.add(both=member.both, found=member.found, wanted=member.wanted)
        return total

    def scores(self) -> dict[str, float | int]:
        """Return precision, recall and F1, 0 to 1, with the counts behind them."""
        return {
            **compute_scores(correct=self.both, found=self.found, wanted=self.wanted),
            "gold": self.wanted,
            "predicted": self.found,
            "correct": self.both,
        }


def evaluate_entities(rows: Iterable[Row], encoder: Encoder, predictions: TextIO | None = None) -> dict[str, Any]:
    """Score an encoder on rows of `tokens` and IOB2 `tags`, or of `text` and `spans` (`start`, `end`, `type`).

    Neighbouring rows with the same `article` are read together and made consistent, as at run time; a row without
    `article` is an article of its own. One line for each row, with `tags` and `predicted`, is written to `predictions`.
    Raises PermanentError naming the first bad row.
    """
    counts = _start_counts()
    totals: Counter[str] = Counter()
    seconds = 0.0
    for article in _group_articles(map(tag_words, check_rows(rows, _find_problem))):
        began = time.perf_counter()
        predicted = encoder.tag([row["tokens"] for row in article], build_consistency_revision())
        seconds += time.perf_counter() - began
        for row, tags in zip(article, predicted, strict=True):
            _count_spans(counts, row["tags"], tags)
            totals.update(sentences=1, words=len(tags))
            if predictions is not None:
                predictions.write(json.dumps({"tags": row["tags"], "predicted": tags}) + "\n")
    return {
        **_report(counts),
        "sentences": totals["sentences"],
        "words": totals["words"],
        "words_per_second": round(totals["words"] / seconds, 1) if seconds else 0.0,
        "model": {"name": encoder.identity.name, "version": encoder.identity.version},
    }


def score_tags(pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> dict[str, Any]:
    """Score sentences given as (gold tags, predicted tags), from any system."""
    counts = _start_counts()
    for gold, predicted in pairs:
        _count_spans(counts, gold, predicted)
    return _report(counts)


def tag_words(row: Row) -> Row:
    """Return a row of `text` and `spans` as a row of `tokens` and IOB2 `tags`; other rows stay as they are.

    Tokens are the words that the service reads. A span that ends within a word is extended to the whole word.
    """
    if "spans" not in row:
        return row
    places = [*find_words(row["text"])]
    tags = [OUTSIDE] * len(places)
    for span in row["spans"]:
        inside = [index for index, (a, b) in enumerate(places) if a < span["end"] and b > span["start"]]
        for index in inside:
            tags[index] = f"{'B' if index == inside[0] else 'I'}-{span['type']}"
    return {**row, "tokens": [row["text"][a:b] for a, b in places], "tags": tags}


def _start_counts() -> dict[str, SpanCounts]:
    return {kind: SpanCounts() for kind in ENTITY_TYPES}


def _find_problem(row: object) -> str | None:
    if not isinstance(row, dict):
        return "not a JSON object"
    if "spans" in row:
        return _find_span_problem(row)
    tokens, tags = row.get("tokens"), row.get("tags")
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        return "`tokens` is not a list of strings"
    if not isinstance(tags, list) or len(tags) != len(tokens):
        return "`tags` is not a list as long as `tokens`"
    unknown = next((tag for tag in tags if tag not in TAGS), None)
    return None if unknown is None else f"unknown tag {unknown!r}; known are {', '.join(TAGS)}"


def _find_span_problem(row: Row) -> str | None:
    text, spans = row.get("text"), row["spans"]
    if not isinstance(text, str):
        return "`text` is not a string"
    if not isinstance(spans, list) or not all(_is_span(span, text) for span in spans):
        return f"`spans` is not a list of spans of `text` with `start`, `end` and a `type` of {', '.join(ENTITY_TYPES)}"
    return None


def _is_span(span: object, text: str) -> bool:
    if not isinstance(span, dict) or span.get("type") not in ENTITY_TYPES:
        return False
    start, end = span.get("start"), span.get("end")
    return isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)


def _group_articles(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield neighbouring rows with the same `article` as groups; a row without `article` is a group of its own."""
    for _, members in groupby(enumerate(rows), key=_article_key):
        yield [row for _, row in members]


def _article_key(numbered: tuple[int, Row]) -> tuple[object, int]:
    number, row = numbered
    article = row.get("article")
    return (None, number) if article is None else (article, 0)


def _count_spans(counts: dict[str, SpanCounts], gold_tags: Sequence[str], predicted_tags: Sequence[str]) -> None:
    gold, predicted = find_spans(list(gold_tags)), find_spans(list(predicted_tags))
    for kind in ENTITY_TYPES:
        wanted = {span for span in gold if span[2] == kind}
        found = {span for span in predicted if span[2] == kind}
        counts[kind].add(both=len(wanted & found), found=len(found), wanted=len(wanted))


def _report(counts: dict[str, SpanCounts]) -> dict[str, Any]:
    return {
        **SpanCounts.sum(counts.values()).scores(),
        "per_org_loc": SpanCounts.sum(counts[kind] for kind in NAMED).scores(),
        "types": {kind: counts[kind].scores() for kind in ENTITY_TYPES},
    }
