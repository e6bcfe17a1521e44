"""Scores of the sentiment of whole texts: whether they report bad news, good news, or neither."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, TextIO

from services.enrichment.encoder import Encoder
from services.enrichment.labels import POLARITIES
from services.evaluation.rows import Row, check_rows
from services.evaluation.sentiment import PolarityTally

ROWS_TOGETHER: Final = 64
"""Rows that the encoder reads together, as it reads several articles in the service."""


def evaluate_valence(rows: Iterable[Row], encoder: Encoder, predictions: TextIO | None = None) -> dict[str, Any]:
    """Score an encoder on rows of `text` and `polarity`: a headline, a sentence or a lead, each read as a whole.

    One line for each row, with `polarity` and `predicted`, is written to `predictions`. Raises PermanentError naming
    the first bad row.
    """
    tally = PolarityTally()
    for together in _group(iter(check_rows(rows, _find_problem))):
        began = time.perf_counter()
        judged = encoder.judge_passages([row["text"] for row in together])
        tally.seconds += time.perf_counter() - began
        for row, own in zip(together, judged, strict=True):
            tally.add(row["polarity"], own)
            if predictions is not None:
                predictions.write(json.dumps({"polarity": row["polarity"], "predicted": own.polarity}) + "\n")
    return tally.compute_scores() | tally.describe_run(encoder)


def _group(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while together := [*islice(rows, ROWS_TOGETHER)]:
        yield together


def _find_problem(row: object) -> str | None:
    if not isinstance(row, dict):
        return "not a JSON object"
    if not isinstance(row.get("text"), str):
        return "`text` is not a string"
    if row.get("polarity") not in POLARITIES:
        return f"`polarity` is not one of {', '.join(POLARITIES)}"
    return None
