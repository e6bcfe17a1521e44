"""Scores of sentiment toward a target on labelled sentences: macro-F1, accuracy and calibration."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TextIO

from services.enrichment.encoder import Encoder, Probabilities
from services.enrichment.entities import is_speaker
from services.enrichment.labels import POLARITIES
from services.enrichment.sentiment import doubt_polarity
from services.evaluation.rows import Row, check_rows
from services.evaluation.scores import DIGITS, compute_scores, compute_share, expected_calibration_error


def evaluate_sentiment(rows: Iterable[Row], encoder: Encoder, predictions: TextIO | None = None) -> dict[str, Any]:
    """Score an encoder on rows of `sentence`, `start`, `end` (code points) and `polarity`.

    A target that only speaks is corrected, as the mentions of an article are. One line for each row, with `polarity`
    and `predicted`, is written to `predictions`. Raises PermanentError naming the first bad row.
    """
    tally = PolarityTally()
    for row in check_rows(rows, _find_problem):
        began = time.perf_counter()
        span = (row["start"], row["end"])
        (judged,) = encoder.judge(row["sentence"], [span])
        if is_speaker(row["sentence"], *span):
            judged = doubt_polarity(judged)
        tally.seconds += time.perf_counter() - began
        tally.add(row["polarity"], judged)
        if predictions is not None:
            predictions.write(json.dumps({"polarity": row["polarity"], "predicted": judged.polarity}) + "\n")
    return tally.compute_scores() | tally.describe_run(encoder)


@dataclass(slots=True)
class PolarityTally:
    """Judged rows: counts of (gold, predicted) polarities, confidences, and the seconds that judging took."""

    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    confidences: list[tuple[float, bool]] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, gold: str, judged: Probabilities) -> None:
        """Count one row."""
        self.pairs[gold, judged.polarity] += 1
        confidence = max(judged.negative, judged.neutral, judged.positive)
        self.confidences.append((confidence, judged.polarity == gold))

    def compute_scores(self) -> dict[str, Any]:
        """Return macro-F1, accuracy, the scores of each polarity, and the calibration error."""
        error = expected_calibration_error(self.confidences)
        return {**score_classes(self.pairs), "calibration_error": round(error, DIGITS)}

    def describe_run(self, encoder: Encoder) -> dict[str, Any]:
        """Return the number of rows, the speed, and the weights that judged them."""
        total = self.pairs.total()
        return {
            "rows": total,
            "rows_per_second": round(total / self.seconds, 1) if self.seconds else 0.0,
            "model": {"name": encoder.identity.name, "version": encoder.identity.version},
        }


def _find_problem(row: object) -> str | None:
    if not isinstance(row, dict):
        return "not a JSON object"
    sentence, start, end = row.get("sentence"), row.get("start"), row.get("end")
    if not isinstance(sentence, str):
        return "`sentence` is not a string"
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= len(sentence):
        return "`start` and `end` are not a span of `sentence`"
    if row.get("polarity") not in POLARITIES:
        return f"`polarity` is not one of {', '.join(POLARITIES)}"
    return None


def score_classes(pairs: Counter[tuple[str, str]]) -> dict[str, Any]:
    """Return macro-F1, accuracy and the scores of each polarity, from counts of (gold, predicted)."""
    classes = {polarity: _score_class(pairs, polarity) for polarity in POLARITIES}
    total, correct = pairs.total(), sum(pairs[polarity, polarity] for polarity in POLARITIES)
    return {
        "macro_f1": round(sum(scores["f1"] for scores in classes.values()) / len(classes), DIGITS),
        "accuracy": compute_share(correct, total),
        "classes": classes,
    }


def _score_class(pairs: Counter[tuple[str, str]], polarity: str) -> dict[str, float | int]:
    correct = pairs[polarity, polarity]
    gold = sum(count for (wanted, _), count in pairs.items() if wanted == polarity)
    predicted = sum(count for (_, found), count in pairs.items() if found == polarity)
    return {**compute_scores(correct=correct, found=predicted, wanted=gold), "gold": gold, "predicted": predicted}
