"""`copydesk evaluate`: score an enricher on labelled JSON Lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

from services.enrichment.encoder import Encoder
from services.enrichment.linking.base import STARTER, KnowledgeBase
from services.enrichment.linking.linker import Linker
from services.enrichment.models import load_encoder, load_topic_classifier
from services.enrichment.options import Profile
from services.enrichment.stories.parameters import Preset
from services.errors import PermanentError
from services.evaluation.cleaning import evaluate_cleaning
from services.evaluation.duplicates import evaluate_duplicates
from services.evaluation.entities import evaluate_entities
from services.evaluation.linking import evaluate_linking
from services.evaluation.main_entity import evaluate_main_entity
from services.evaluation.rows import Row, read_rows
from services.evaluation.sentiment import evaluate_sentiment
from services.evaluation.stories.report import evaluate_stories
from services.evaluation.topics import evaluate_topics
from services.evaluation.valence import evaluate_valence


class EvaluationTask(StrEnum):
    """The part of the enrichment that is scored."""

    ENTITIES = "entities"
    SENTIMENT = "sentiment"
    VALENCE = "valence"
    TOPICS = "topics"
    MAIN_ENTITY = "main-entity"
    CLEANING = "cleaning"
    DUPLICATES = "duplicates"
    STORIES = "stories"
    LINKING = "linking"


class CleaningInput(StrEnum):
    """The form in which a page is cleaned: its HTML, or its text."""

    HTML = "html"
    TEXT = "text"


ENCODER_TASKS: Mapping[EvaluationTask, Callable[[Iterable[Row], Encoder, TextIO | None], dict[str, Any]]] = {
    EvaluationTask.ENTITIES: evaluate_entities,
    EvaluationTask.SENTIMENT: evaluate_sentiment,
    EvaluationTask.VALENCE: evaluate_valence,
    EvaluationTask.MAIN_ENTITY: evaluate_main_entity,
}
"""For each task that needs the encoder, the function that scores it."""


def evaluate(
    task: EvaluationTask,
    file: Path,
    *,
    form: CleaningInput,
    weights: Path | None,
    profile: Profile,
    predictions: Path | None,
    preset: Preset = "default",
    base: Path | None = None,
) -> dict[str, Any]:
    """Return the scores on one file, and write one line for each row to `predictions`, if given.

    Raises PermanentError, which names the file and the line of an invalid row.
    """
    try:
        with predictions.open("w", encoding="utf-8") if predictions else nullcontext() as out:
            rows = read_rows(file)
            if task is EvaluationTask.CLEANING:
                return evaluate_cleaning(rows, input=form.value, predictions=out)
            if task is EvaluationTask.DUPLICATES:
                return evaluate_duplicates(rows, out)
            if task is EvaluationTask.STORIES:
                return evaluate_stories(rows, out, preset=preset)
            if task is EvaluationTask.LINKING:
                linker = Linker(KnowledgeBase(base or STARTER))
                return evaluate_linking(rows, load_encoder(weights, profile=profile), linker, out)
            if task is EvaluationTask.TOPICS:
                classifier = load_topic_classifier(weights, profile=profile)
                return evaluate_topics(rows, classifier, load_encoder(profile=profile), out)
            return ENCODER_TASKS[task](rows, load_encoder(weights, profile=profile), out)
    except PermanentError as error:
        raise PermanentError(f"{file}: {error}", reason=error.reason) from error
