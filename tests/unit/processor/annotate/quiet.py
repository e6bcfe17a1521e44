"""The real pipeline with an encoder that finds nothing; picklable, so that worker processes can build it."""

from __future__ import annotations

from collections.abc import Sequence

from services.enrichment.encoder import NEUTRAL, Identity, Revision, SentenceReading, keep
from services.enrichment.pipeline import Pipeline
from services.processor.annotate.enrichment import Stopwatch, TimedPipeline

ENCODED_WORDS = 100
"""That are split into sentences for nothing."""


class QuietEncoder:
    """Finds no name and no sentiment."""

    identity = Identity("quiet", "0", "0" * 64)

    def read(self, sentences: Sequence[str], revise: Revision = keep) -> list[SentenceReading]:
        """One empty reading a sentence."""
        return [SentenceReading((), NEUTRAL) for _ in sentences]


def build_quiet() -> TimedPipeline:
    """Called in a worker."""
    watch = Stopwatch()
    return TimedPipeline(Pipeline(QuietEncoder(), max_encoded_words=ENCODED_WORDS, timer=watch.measure), watch)
