"""Speed of the enrichment with linking and with topics, each as a ratio to the speed without, in one process.

python -m tests.benchmarks.bench_steps FILE --articles 48 --profile fast

Two pipelines, one without linking, work on the same batches in turn. The time of the topics is measured inside the one
with linking. The times are processor time. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import get_args

from services.contracts.raw import RawArticle
from services.enrichment.bootstrap import build_pipeline
from services.enrichment.options import EnrichmentOptions, Profile
from services.enrichment.pipeline import Pipeline
from tests.support.builders import read_rows

BATCH = 16
"""Articles that are read together. The first batch is not measured, because it fills caches."""


class StepTimer:
    """Sums of the seconds of processor time of each step."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Add the time of a block to its step."""
        began = time.process_time()
        try:
            yield
        finally:
            self.seconds[step] += time.process_time() - began


def enrich(pipeline: Pipeline, articles: Sequence[RawArticle]) -> None:
    """Enrich a batch as a worker of annotate does."""
    prepared = [pipeline.prepare(raw, article_id="a" * 32, ingested_at=None) for raw in articles]
    pipeline.scan(prepared)
    for each in prepared:
        pipeline.finish(each)


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="JSON Lines with a field text or content")
    parser.add_argument("--articles", type=int, default=48)
    parser.add_argument("--profile", choices=get_args(Profile), default="accurate")
    arguments = parser.parse_args()
    rows = islice(read_rows(arguments.file), BATCH + arguments.articles)
    articles = [RawArticle(content=row["content"]) for row in rows]
    timers = {linking: StepTimer() for linking in (True, False)}
    pipelines = {
        linking: build_pipeline(
            EnrichmentOptions(profile=arguments.profile, linking=linking, sentence_cache_bytes=0), timer
        )
        for linking, timer in timers.items()
    }
    for number, first in enumerate(range(0, len(articles), BATCH)):
        for linking in (True, False) if number % 2 else (False, True):
            with timers[linking]("whole"):
                enrich(pipelines[linking], articles[first : first + BATCH])
            if not number:
                timers[linking].seconds.clear()
    seconds = timers[True].seconds
    ratios = {
        "linking": timers[False].seconds["whole"] / seconds["whole"],
        "topics": 1 - seconds["topics"] / seconds["whole"],
    }
    print(
        json.dumps(
            {
                "articles": len(articles) - BATCH,
                "ms_an_article": round(1000 * seconds["whole"] / (len(articles) - BATCH), 2),
                "speed_with": {part: round(ratio, 4) for part, ratio in ratios.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
