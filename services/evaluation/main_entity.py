"""Scores of the sentiment toward the main entity of whole articles, and of finding that entity.

Rows have the form of PerSenT (Bastan et al., COLING 2020): `title`, `text`, the name of the main entity as `target`,
and the author's `polarity` toward it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any, Final, TextIO

from services.enrichment.encoder import Encoder, Probabilities
from services.enrichment.entities import ArticleReading, EntityReading, make_key, read_fields
from services.enrichment.labels import POLARITIES
from services.evaluation.rows import Row, check_rows
from services.evaluation.scores import compute_share
from services.evaluation.sentiment import PolarityTally

MAX_WORDS: Final = 5_000
"""Maximum number of words of an article that are read: the default of the services."""


def evaluate_main_entity(rows: Iterable[Row], encoder: Encoder, predictions: TextIO | None = None) -> dict[str, Any]:
    """Score the whole annotation of articles by their main entity.

    When no entity has the target's name, the article's own sentiment is used. One line for each row, with `target`,
    `polarity` and `predicted`, is written to `predictions`. Raises PermanentError naming the first bad row.
    """
    tally = PolarityTally()
    found = most_salient = 0
    for row in check_rows(rows, _find_problem):
        began = time.perf_counter()
        reading = read_fields({"headline": row.get("title") or "", "body": row["text"]}, encoder, MAX_WORDS)
        tally.seconds += time.perf_counter() - began
        entity = find_entity(reading.entities, row["target"])
        judged = _judge(reading, entity)
        tally.add(row["polarity"], judged)
        if entity is not None:
            found += 1
            most_salient += entity is max(reading.entities, key=lambda each: each.salience)
        if predictions is not None:
            line = {"target": row["target"], "polarity": row["polarity"], "predicted": judged.polarity}
            predictions.write(json.dumps(line, ensure_ascii=False) + "\n")
    total = tally.pairs.total()
    shares = {name: compute_share(count, total) for name, count in (("found", found), ("most_salient", most_salient))}
    return tally.compute_scores() | shares | tally.describe_run(encoder)


def find_entity(entities: Iterable[EntityReading], target: str) -> EntityReading | None:
    """Return the entity that a name means; None if there is none.

    It has the same name, or else is no place and has the same last word. Among several such entities, the one with the
    most mentions wins.
    """
    wanted = make_key(target, "PER")
    best, best_rank = None, (0, 0)
    for entity in entities:
        keys = {make_key(text, "PER") for text in (entity.name, *(mention.text for mention in entity.mentions))}
        fit = 2 if wanted in keys else int(entity.type != "LOC" and any(key[-1] == wanted[-1] for key in keys))
        rank = (fit, len(entity.mentions))
        if fit and rank > best_rank:
            best, best_rank = entity, rank
    return best


def _judge(reading: ArticleReading, entity: EntityReading | None) -> Probabilities:
    if entity is not None:
        return entity.sentiment
    return reading.sentiment.overall if reading.sentiment else Probabilities(0.0, 1.0, 0.0)


def _find_problem(row: object) -> str | None:
    if not isinstance(row, dict):
        return "not a JSON object"
    for name in ("text", "target"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            return f"`{name}` is not a string with a word"
    if not isinstance(row.get("title"), str | None):
        return "`title` is not a string"
    return None if row.get("polarity") in POLARITIES else f"`polarity` is not one of {', '.join(POLARITIES)}"
