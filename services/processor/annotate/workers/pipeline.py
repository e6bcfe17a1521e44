"""The enrichment pipeline that a worker runs; its NLP libraries are imported in the worker and nowhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from services.contracts.event import AnnotatedArticle
from services.contracts.raw import RawArticle
from services.enrichment.options import EnrichmentOptions

if TYPE_CHECKING:
    from services.enrichment.pipeline import Pipeline, PreparedArticle


class Stopwatch:
    """Counter of the seconds that each step took."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def measure(self, step: str) -> Iterator[None]:
        """Add the duration of the block to a step."""
        started_at = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[step] = self._seconds.get(step, 0.0) + time.perf_counter() - started_at

    def pop(self) -> tuple[tuple[str, float], ...]:
        """Return the steps and their seconds since the last call, and start again at zero."""
        seconds, self._seconds = self._seconds, {}
        return tuple(seconds.items())


class TimedPipeline:
    """Enrichment pipeline of a worker, with a stopwatch for its steps."""

    def __init__(self, pipeline: Pipeline, stopwatch: Stopwatch) -> None:
        self._pipeline = pipeline
        self._stopwatch = stopwatch

    def prepare(self, raw: RawArticle, *, article_id: str, ingested_at: datetime | None) -> PreparedArticle:
        """Clean one article and split it into sentences."""
        return self._pipeline.prepare(raw, article_id=article_id, ingested_at=ingested_at)

    def scan(self, drafts: Sequence[PreparedArticle]) -> None:
        """Have the encoder read the sentences of all drafts."""
        self._pipeline.scan(drafts)

    def finish(self, draft: PreparedArticle) -> AnnotatedArticle:
        """Complete one article."""
        return self._pipeline.finish(draft)

    def pop_steps(self) -> tuple[tuple[str, float], ...]:
        """Return the steps and their seconds since the last call, and start again at zero."""
        return self._stopwatch.pop()


def build_annotator(options: EnrichmentOptions) -> TimedPipeline:
    """Build the pipeline inside a worker. Raises ConfigurationError when the weights are missing or changed."""
    from services.enrichment.bootstrap import build_pipeline  # noqa: PLC0415 - the parent must not load the libraries

    stopwatch = Stopwatch()
    return TimedPipeline(build_pipeline(options, stopwatch.measure, report_list_problem), stopwatch)


def report_list_problem(problem: str) -> None:
    """Log what is wrong with the user's own list, as one line of JSON: a worker has no logging of its own."""
    from services.runtime.service.logs import LineLogger  # noqa: PLC0415 - a worker that logs nothing does without it

    processors: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.JSONRenderer(),
    ]
    logger = structlog.wrap_logger(LineLogger(sys.stderr), processors=processors)
    logger.warning("entity_list_problem", problem=problem)
