"""Benchmark of annotate: its step for each profile, and the whole service compared with a plain loop.

Run: python -m tests.benchmarks.bench_annotate

`step` is the time from clean text to entities and sentiment, for each packaged profile and each --weights folder. The
articles come from the --data file (JSON Lines with `text`) or are the project's own. annotate_step has the details.

The other figures are for the whole service. The loop decodes, annotates and encodes in one process. annotate does the
same in one worker, and reads from and writes to Kafka. Loop and service run in turn, so that a change in the machine's
load affects both. In `streaming_alone`, a constant result replaces the enrichment. `cpu_milliseconds` is the CPU time
that annotate's own process needs for one article, without its worker. Prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from services.contracts import topics
from services.embedded import EmbeddedKafka
from services.enrichment.options import EnrichmentOptions
from services.processor.annotate.workers.batch import annotate_jobs
from services.processor.annotate.workers.messages import AnnotatedJob, Annotator, Job
from services.processor.annotate.workers.pipeline import build_annotator
from tests.benchmarks.annotate_step import compare_weights, find_folders, read_articles
from tests.support.builders import build_article
from tests.support.fake_pipeline import FakePipeline
from tests.support.footprint import read_cpu
from tests.support.raw_topic import RawTopic
from tests.support.stage_processes import StageProcess, run_stage_process

TIMEOUT = 300.0
"""Seconds after which a round has failed."""
POLL = 0.02
BATCH = 32
"""Articles that the loop processes together: the default of annotate."""
REAL = ("services.processor", "annotate")
FAKE = ("tests.support.annotate_stage", "0")


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    articles: Annotated[int, typer.Option(help="Articles in a round with the real enrichment.")] = 300,
    streamed: Annotated[int, typer.Option(help="Articles in a round without enrichment.")] = 10_000,
    rounds: Annotated[int, typer.Option(help="Rounds of each measurement.")] = 2,
    data: Annotated[Path | None, typer.Option(help="Articles for the step, JSON Lines.")] = None,
    weights: Annotated[list[str] | None, typer.Option(help="Folder of further weights; may be repeated.")] = None,
    step_only: Annotated[bool, typer.Option("--step-only", help="Measure the step alone, without Kafka.")] = False,
) -> None:
    """Measure and print."""
    step = compare_weights(find_folders(weights or []), read_articles(data, articles), rounds)
    print(json.dumps({"step": step}, indent=2), flush=True)
    if not step_only:
        measure_service(articles, streamed, rounds)


def measure_service(articles: int, streamed: int, rounds: int) -> None:
    """Measure the service and the loop, and print their rates."""
    with EmbeddedKafka.start() as broker, TemporaryDirectory() as folder:
        servers = broker.bootstrap_servers
        real = asyncio.run(
            compare(servers, Path(folder), REAL, lambda: build_annotator(EnrichmentOptions()), articles, rounds)
        )
        alone = asyncio.run(compare(servers, Path(folder), FAKE, FakePipeline, streamed, rounds))
    print(json.dumps({"real": real, "streaming_alone": alone}, indent=2))


async def compare(
    servers: str,
    folder: Path,
    module: tuple[str, ...],
    build: Callable[[], Annotator[Any]],
    articles: int,
    rounds: int,
) -> dict[str, float]:
    """Return the median rates of loop and service over the same articles, which are new in each round."""
    raw = RawTopic(servers)
    await raw.begin()
    annotator = build()
    loops, streams, costs = [], [], []
    with run_stage_process(
        *module, bootstrap_servers=servers, log=folder / f"{module[0]}.log", environ=raw.environ
    ) as stage:
        await asyncio.to_thread(stage.wait_ready, 120)
        await measure_stage(raw, stage, _encode(range(20), seed=-1))
        for seed in range(rounds):
            values = _encode(range(articles), seed=seed)
            loops.append(articles / measure_loop(annotator, values))
            cpu = read_cpu(stage.process.pid)
            streams.append(articles / await measure_stage(raw, stage, values))
            costs.append((read_cpu(stage.process.pid) - cpu) / articles)
    loop, stream = statistics.median(loops), statistics.median(streams)
    return {
        "articles": articles,
        "loop_articles_per_second": round(loop, 1),
        "annotate_articles_per_second": round(stream, 1),
        "ratio": round(stream / loop, 3),
        "cpu_milliseconds": round(1_000 * statistics.median(costs), 3),
    }


def measure_loop(annotator: Annotator[Any], values: Sequence[bytes]) -> float:
    """Return the seconds that a plain loop needs."""
    began = time.perf_counter()
    for start in range(0, len(values), BATCH):
        jobs = [Job(value, 1_700_000_000_000) for value in values[start : start + BATCH]]
        assert all(isinstance(result, AnnotatedJob) for result in annotate_jobs(annotator, jobs))
    return time.perf_counter() - began


async def measure_stage(raw: RawTopic, stage: StageProcess, values: Sequence[bytes]) -> float:
    """Return the seconds from the first send until all articles are on the annotated topic."""
    before = await raw.count(topics.ANNOTATED)
    began = time.perf_counter()
    await raw.send(values)
    while await raw.count(topics.ANNOTATED) < before + len(values):
        assert stage.process.poll() is None, stage.tail()
        assert time.perf_counter() - began < TIMEOUT
        await asyncio.sleep(POLL)
    return time.perf_counter() - began


def _encode(numbers: range, seed: int) -> list[bytes]:
    return [json.dumps(build_article(number, seed)).encode() for number in numbers]


if __name__ == "__main__":
    app()
