"""`copydesk evaluate`: score an enricher on labelled JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path

from services.enrichment.models import load_encoder
from services.enrichment.options import Profile
from services.errors import PermanentError
from services.evaluation.cleaning import evaluate_cleaning
from services.evaluation.duplicates import evaluate_duplicates
from services.evaluation.entities import evaluate_entities
from services.evaluation.main_entity import evaluate_main_entity
from services.evaluation.rows import read_rows
from services.evaluation.sentiment import evaluate_sentiment
from services.evaluation.valence import evaluate_valence


class EvaluationTask(StrEnum):
    """The part of the enrichment that is scored."""

    ENTITIES = "entities"
    SENTIMENT = "sentiment"
    VALENCE = "valence"
    MAIN_ENTITY = "main-entity"
    CLEANING = "cleaning"
    DUPLICATES = "duplicates"


class CleaningInput(StrEnum):
    """The form in which a page is cleaned: its HTML, or its text."""

    HTML = "html"
    TEXT = "text"


def evaluate(
    task: EvaluationTask,
    file: Path,
    *,
    form: CleaningInput,
    weights: Path | None,
    profile: Profile,
    predictions: Path | None,
) -> dict[str, object]:
    """Return the scores on one file, and write one line for each row to `predictions`, if given.

    Raises PermanentError, which names the file and the line of an invalid row.
    """
    try:
        return _evaluate(task, file, form=form, weights=weights, profile=profile, predictions=predictions)
    except PermanentError as error:
        raise PermanentError(f"{file}: {error}", reason=error.reason) from error


def _evaluate(
    task: EvaluationTask,
    file: Path,
    *,
    form: CleaningInput,
    weights: Path | None,
    profile: Profile,
    predictions: Path | None,
) -> dict[str, object]:
    with predictions.open("w", encoding="utf-8") if predictions else nullcontext() as out:
        rows: Iterator[dict[str, object]] = read_rows(file)
        match task:
            case EvaluationTask.ENTITIES:
                return evaluate_entities(rows, load_encoder(weights, profile=profile), out)
            case EvaluationTask.SENTIMENT:
                return evaluate_sentiment(rows, load_encoder(weights, profile=profile), out)
            case EvaluationTask.VALENCE:
                return evaluate_valence(rows, load_encoder(weights, profile=profile), out)
            case EvaluationTask.MAIN_ENTITY:
                return evaluate_main_entity(rows, load_encoder(weights, profile=profile), out)
            case EvaluationTask.CLEANING:
                return evaluate_cleaning(rows, input=form.value, predictions=out)
            case EvaluationTask.DUPLICATES:
                return evaluate_duplicates(rows, out)
