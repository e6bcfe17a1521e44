"""Benchmark of match without Kafka: from the bytes of an annotated article to its event, verdict and story.

Run: python -m tests.benchmarks.bench_match FILE

The articles of FILE are annotated first, with the profile `fast`, as if one arrived each minute. The times are CPU
milliseconds of this process for an article, in rounds of as many articles as a transaction has: the median and the best
round. `ratio` is the median divided by the time in which pydantic decodes the same articles. `sha256` is the hash of
all outputs, so that two versions can be compared. Prints JSON.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from services.cli.articles.reading import read_articles, validate_article
from services.contracts.event import AnnotatedArticle
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.enrichment.bootstrap import build_pipeline
from services.enrichment.matching import MatchIndex
from services.enrichment.options import EnrichmentOptions
from services.enrichment.stories.index import StoryIndex
from services.errors import PermanentError
from services.processor.match.matcher import MatchProcessor
from services.processor.match.metrics import MatchMetrics
from services.runtime.lanes.record_handler import check_sizes
from services.runtime.service.garbage import tune_garbage_collector
from tests.support.source_records import Record

ROUND = 500
"""Articles of a round."""
BEGAN = datetime(2026, 6, 1, tzinfo=UTC)
STEP = timedelta(minutes=1)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    file: Annotated[Path, typer.Argument(help="Articles, in a form that `copydesk send` reads.")],
    articles: Annotated[int, typer.Option(help="Articles to read from the file, at most.")] = 4_000,
) -> None:
    """Measure and print."""
    records = [Record(value) for value in annotate(islice(read_raw(file), articles))]
    tune_garbage_collector()
    processor, outputs = MatchProcessor(0, MatchIndex(), MatchMetrics(), stories=StoryIndex()), hashlib.sha256()
    rounds = [records[at : at + ROUND] for at in range(0, len(records), ROUND)]
    spent = [measure_round(processor, each, outputs) for each in rounds]
    print(
        json.dumps(
            {
                "articles": len(records),
                "milliseconds": {"median": round(median(spent), 3), "best": round(min(spent), 3)},
                "ratio": round(median(spent) / measure_decoding(rounds[-1]), 2),
                "sha256": outputs.hexdigest(),
            },
            indent=2,
        )
    )


def read_raw(file: Path) -> Iterator[RawArticle]:
    """Yield the articles that ingest would accept."""
    for entry in read_articles([file]):
        try:
            yield validate_article(entry)
        except PermanentError:
            continue


def annotate(articles: Iterable[RawArticle]) -> Iterator[bytes]:
    """Yield the annotated articles."""
    pipeline = build_pipeline(EnrichmentOptions(profile="fast"))
    for number, raw in enumerate(articles):
        arrived = BEGAN + number * STEP
        yield pipeline.annotate(raw, article_id=derive_article_id(raw), ingested_at=arrived).to_bytes()


def measure_round(processor: MatchProcessor, records: Sequence[Record], outputs: hashlib._Hash) -> float:
    """Process records as a lane does; return the CPU milliseconds for one."""
    began, results = time.process_time(), []
    for record in records:
        result = check_sizes(processor.process(record))
        result.update_state()
        results.append(result)
    for result in results:
        result.count_metrics()
    spent = time.process_time() - began
    for output in (output for result in results for output in result.outputs):
        outputs.update(repr((output.topic, output.key, output.value, output.headers)).encode())
    return 1_000 * spent / len(records)


def measure_decoding(records: Sequence[Record]) -> float:
    """Return the CPU milliseconds in which pydantic decodes an annotated article."""
    began = time.process_time()
    for record in records:
        AnnotatedArticle.model_validate_json(record.value or b"")
    return 1_000 * (time.process_time() - began) / len(records)


if __name__ == "__main__":
    app()
