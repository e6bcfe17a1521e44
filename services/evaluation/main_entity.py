"""Sentiment toward the main entity of whole articles, and whether that entity comes out as the main one.

Rows are those of PerSenT (Bastan et al., COLING 2020): `title`, `text`, the name of the main entity as `target`, and
the author's `polarity` toward it.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TextIO

from services.enrichment.encoder import Encoder, Probabilities
from services.enrichment.entities import ArticleReading, EntityReading, make_key, read_fields
from services.evaluation.rows import Row, check_rows
from services.evaluation.sentiment import DIGITS, POLARITIES, confidence_of, expected_calibration_error, score_classes

MAX_WORDS: Final = 5_000
"""Words of an article that are read, as the services read by default."""


@dataclass(slots=True)
class _Totals:
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    confidences: list[tuple[float, bool]] = field(default_factory=list)
    found: int = 0
    most_salient: int = 0
    seconds: float = 0.0


def evaluate_main_entity(rows: Iterable[Row], encoder: Encoder, predictions: TextIO | None = None) -> dict[str, Any]:
    """Score the whole annotation of articles by their main entity.

    Where no entity has the target's name, the article's own sentiment stands for it. `predictions` gets one line a row,
    with `target`, `polarity` and `predicted`. Raises PermanentError naming the first bad row.
    """
    tally = _Totals()
    for row in check_rows(rows, _find_problem):
        began = time.perf_counter()
        annotation = read_fields({"headline": row.get("title") or "", "body": row["text"]}, encoder, MAX_WORDS)
        tally.seconds += time.perf_counter() - began
        entity = find_entity(annotation.entities, row["target"])
        judged = _judge(annotation, entity)
        tally.pairs[row["polarity"], judged.polarity] += 1
        tally.confidences.append((confidence_of(judged), judged.polarity == row["polarity"]))
        if entity is not None:
            tally.found += 1
            tally.most_salient += entity is max(annotation.entities, key=lambda each: each.salience)
        if predictions is not None:
            line = {"target": row["target"], "polarity": row["polarity"], "predicted": judged.polarity}
            predictions.write(json.dumps(line, ensure_ascii=False) + "\n")
    return _report(tally, encoder)


def find_entity(entities: Iterable[EntityReading], target: str) -> EntityReading | None:
    """Return the entity that a name means: the same name, else the same last word and no place; most mentions first."""
    wanted = make_key(target, "PER")
    best, best_rank = None, (0, 0)
    for entity in entities:
        keys = {make_key(text, "PER") for text in (entity.name, *(mention.text for mention in entity.mentions))}
        fit = 2 if wanted in keys else int(entity.type != "LOC" and any(key[-1] == wanted[-1] for key in keys))
        rank = (fit, len(entity.mentions))
        if fit and rank > best_rank:
            best, best_rank = entity, rank
    return best


def _judge(annotation: ArticleReading, entity: EntityReading | None) -> Probabilities:
    if entity is not None:
        return entity.sentiment
    return annotation.sentiment.overall if annotation.sentiment else Probabilities(0.0, 1.0, 0.0)


def _find_problem(row: object) -> str | None:
    if not isinstance(row, dict):
        return "not a JSON object"
    for name in ("text", "target"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            return f"`{name}` is not a string with a word"
    if not isinstance(row.get("title"), str | None):
        return "`title` is not a string"
    return None if row.get("polarity") in POLARITIES else f"`polarity` is none of {', '.join(POLARITIES)}"


def _report(tally: _Totals, encoder: Encoder) -> dict[str, Any]:
    total = tally.pairs.total()
    return {
        **score_classes(tally.pairs),
        "calibration_error": round(expected_calibration_error(tally.confidences), DIGITS),
        "found": round(tally.found / total, DIGITS) if total else 0.0,
        "most_salient": round(tally.most_salient / total, DIGITS) if total else 0.0,
        "rows": total,
        "rows_per_second": round(total / tally.seconds, 1) if tally.seconds else 0.0,
        "model": {"name": encoder.identity.name, "version": encoder.identity.version},
    }
