"""The enrichment pipeline as a worker builds it; its libraries are imported in the worker and nowhere else."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from services.contracts.event import AnnotatedArticle
from services.contracts.raw import RawArticle
from services.enrichment.options import EnrichmentOptions

if TYPE_CHECKING:
    from services.enrichment.pipeline import Pipeline, PreparedArticle


class Stopwatch:
    """Seconds by step."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def measure(self, step: str) -> Iterator[None]:
        """Add the time of the block to a step."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[step] = self._seconds.get(step, 0.0) + time.perf_counter() - began

    def take(self) -> tuple[tuple[str, float], ...]:
        """What was measured since the last call."""
        taken, self._seconds = self._seconds, {}
        return tuple(taken.items())


class TimedPipeline:
    """A pipeline and the time that its steps take."""

    def __init__(self, pipeline: Pipeline, watch: Stopwatch) -> None:
        self._pipeline = pipeline
        self._watch = watch

    def prepare(self, raw: RawArticle, *, article_id: str, ingested_at: datetime | None) -> PreparedArticle:
        """Clean one article and cut it into sentences."""
        return self._pipeline.prepare(raw, article_id=article_id, ingested_at=ingested_at)

    def scan(self, drafts: Sequence[PreparedArticle]) -> None:
        """Have the encoder look at the sentences of all."""
        self._pipeline.scan(drafts)

    def finish(self, draft: PreparedArticle) -> AnnotatedArticle:
        """Read one article."""
        return self._pipeline.finish(draft)

    def take_steps(self) -> tuple[tuple[str, float], ...]:
        """Since the last call."""
        return self._watch.take()


def build_annotator(options: EnrichmentOptions) -> TimedPipeline:
    """Called in a worker. Raises ConfigurationError when the weights are missing or changed."""
    from services.enrichment.bootstrap import build_pipeline

    watch = Stopwatch()
    return TimedPipeline(build_pipeline(options, watch.measure), watch)
