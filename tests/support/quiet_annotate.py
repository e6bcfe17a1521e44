"""The real pipeline with an encoder that finds nothing. It can be pickled, so that worker processes can build it."""

from __future__ import annotations

from collections.abc import Sequence

from services.enrichment.encoder import (
    NEUTRAL,
    Identity,
    Probabilities,
    Revision,
    ScanInput,
    ScanResult,
    SentenceReading,
    Words,
    no_revision,
)
from services.enrichment.pipeline import Pipeline
from services.processor.annotate.workers.pipeline import Stopwatch, TimedPipeline
from tests.support.fake_topics import FakeTopicClassifier

ENCODED_WORDS = 100
"""Number of words of an article that are split into sentences."""


class QuietEncoder:
    """Encoder that finds no name and no sentiment."""

    identity = Identity("quiet", "0", "0" * 64)

    def measure(self, text: str) -> int:
        """Count one piece for each word."""
        return len(text.split())

    def scan(self, articles: Sequence[ScanInput]) -> list[ScanResult]:
        """Return one empty reading for each sentence, and a neutral sentiment for each passage."""
        return [
            ScanResult([*map(_read_nothing, _list_references(article))], self.judge_passages(article.passages))
            for article in articles
        ]

    def tag(self, rows: Words, revise: Revision = no_revision) -> list[list[str]]:
        """Find no name in the tokenised sentences either."""
        return [["O"] * len(row) for row in rows]

    def judge(self, sentence: str, spans: Sequence[tuple[int, int]]) -> list[Probabilities]:
        """Judge every span as neutral."""
        return [NEUTRAL for _ in spans]

    def judge_passages(self, passages: Sequence[str]) -> list[Probabilities]:
        """Judge every passage as neutral."""
        return [NEUTRAL for _ in passages]


def _list_references(article: ScanInput) -> Sequence[Sequence[tuple[int, int]]]:
    return article.references or [()] * len(article.sentences)


def _read_nothing(references: Sequence[tuple[int, int]]) -> SentenceReading:
    return SentenceReading((), NEUTRAL, (NEUTRAL,) * len(references))


def build_quiet() -> TimedPipeline:
    """Build the pipeline; a worker calls this."""
    watch = Stopwatch()
    return TimedPipeline(
        Pipeline(QuietEncoder(), FakeTopicClassifier(), max_encoded_words=ENCODED_WORDS, timer=watch.measure), watch
    )
