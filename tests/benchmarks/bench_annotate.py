"""What annotate costs: its step for each profile, and articles a second through it beside a plain loop.

    python -m tests.benchmarks.bench_annotate [--articles N] [--streamed N] [--rounds N] [--data FILE]
        [--weights FOLDER ...] [--step-only]

`step` is clean text in, entities and sentiment out, for each profile with weights and each FOLDER, over the articles
of FILE (JSON Lines with `text`) or the project's own; see annotate_step.

The rest runs the whole service. The loop decodes, annotates and encodes in one process; annotate does it in one worker,
with Kafka around it. They take turns, so that a change in the machine's load meets both. `streaming_alone` has the
enrichment replaced by a constant. `cpu` are seconds of annotate's own process, without its worker, an article.
Prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from services.contracts import topics
from services.embedded import EmbeddedKafka
from services.enrichment.options import EnrichmentOptions
from services.processor.annotate.workers.batch import annotate_jobs
from services.processor.annotate.workers.messages import Annotation, Annotator, Job
from services.processor.annotate.workers.pipeline import build_annotator
from tests.benchmarks.annotate_step import compare_weights, find_folders, read_articles
from tests.support.builders import build_article
from tests.support.fake_pipeline import FakePipeline
from tests.support.footprint import read_cpu
from tests.support.raw_topic import RawTopic
from tests.support.stage_processes import StageProcess, run_stage_process

PATIENCE = 300.0
"""Seconds that a round may take."""
POLL = 0.02
BATCH = 32
"""Articles that the loop works on together, as annotate does by default."""
REAL = ("services.processor", "annotate")
FAKE = ("tests.support.annotate_stage", "0")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=300, help="with the real enrichment, a round")
    parser.add_argument("--streamed", type=int, default=10_000, help="with none, a round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--data", type=Path, help="articles for the step, JSON Lines; else the project's own")
    parser.add_argument(
        "--weights", action="append", default=[], help="folder measured beside the profiles; repeatable"
    )
    parser.add_argument("--step-only", action="store_true", help="without Kafka")
    options = parser.parse_args()
    articles = read_articles(options.data, options.articles)
    step = compare_weights(find_folders(options.weights), articles, options.rounds)
    print(json.dumps({"step": step}, indent=2), flush=True)
    if not options.step_only:
        measure_service(options)


def measure_service(options: argparse.Namespace) -> None:
    """Measure and print the service beside the loop."""
    with EmbeddedKafka.start() as broker, TemporaryDirectory() as folder:
        servers = broker.bootstrap_servers
        real = asyncio.run(
            compare(
                servers, Path(folder), REAL, lambda: build_annotator(EnrichmentOptions()), options.articles, options
            )
        )
        alone = asyncio.run(compare(servers, Path(folder), FAKE, FakePipeline, options.streamed, options))
    print(json.dumps({"real": real, "streaming_alone": alone}, indent=2))


async def compare(
    servers: str,
    folder: Path,
    module: tuple[str, ...],
    build: Callable[[], Annotator[Any]],
    articles: int,
    options: argparse.Namespace,
) -> dict[str, float]:
    """Rates of loop and stage over the same articles, each round new ones; medians."""
    raw = RawTopic(servers)
    await raw.begin()
    annotator = build()
    loops, streams, costs = [], [], []
    with run_stage_process(
        *module, bootstrap_servers=servers, log=folder / f"{module[0]}.log", environ=raw.environ
    ) as stage:
        await asyncio.to_thread(stage.wait_ready, 120)
        await measure_stage(raw, stage, _encode(range(20), seed=-1))
        for seed in range(options.rounds):
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
    """Seconds of a plain loop."""
    began = time.perf_counter()
    for start in range(0, len(values), BATCH):
        jobs = [Job(value, 1_700_000_000_000) for value in values[start : start + BATCH]]
        assert all(isinstance(result, Annotation) for result in annotate_jobs(annotator, jobs))
    return time.perf_counter() - began


async def measure_stage(raw: RawTopic, stage: StageProcess, values: Sequence[bytes]) -> float:
    """Seconds from the first send until all are on the annotated topic."""
    before = await raw.count(topics.ANNOTATED)
    began = time.perf_counter()
    await raw.send(values)
    while await raw.count(topics.ANNOTATED) < before + len(values):
        assert stage.process.poll() is None, stage.tail()
        assert time.perf_counter() - began < PATIENCE
        await asyncio.sleep(POLL)
    return time.perf_counter() - began


def _encode(numbers: range, seed: int) -> list[bytes]:
    return [json.dumps(build_article(number, seed)).encode() for number in numbers]


if __name__ == "__main__":
    main()
