"""Measurement of annotate's step, from clean text to entities and sentiment, in words per CPU second for each profile.

Each set of weights runs in its own process, on the same articles, in micro-batches of several sizes. The sizes take
turns in each round, so that a change in the machine's load affects all of them; the best round counts. The word pieces
of a micro-batch that the encoder reads together are limited as in the service, whose default micro-batch is the largest
size here. The encoder's own rate counts only the time inside ONNX Runtime, in the same rounds. A new round reads all
sentences again, but the encoder still has the words of the earlier rounds in its cache.
"""

from __future__ import annotations

import gc
import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, get_args

from services.contracts.raw import RawArticle
from services.enrichment.models import find_weights
from services.enrichment.models.onnx_encoder import OnnxEncoder
from services.enrichment.options import Profile
from services.processor.annotate.workers.batch import READ_AHEAD
from services.runtime.service.garbage import tune_garbage_collector
from services.runtime.service.process_usage import read_resident_bytes
from tests.benchmarks.scorecard.run_desk import annotate_batch
from tests.support.builders import build_article

MICRO_BATCHES: Final = (1, 8, 32)
"""Articles in a micro-batch: of an idle stream, the share of one of four workers, and the setting's default."""

MAX_WORDS: Final = 5_000
"""Largest number of words read of an article: the step's default."""

Fields = dict[str, str]


class Meter:
    """Session that adds up the CPU seconds of its runs."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.seconds = 0.0

    def run(self, outputs: Sequence[str], inputs: dict[str, Any]) -> Any:
        """Run the session and count its CPU seconds."""
        began = time.process_time()
        made = self._session.run(outputs, inputs)
        self.seconds += time.process_time() - began
        return made


def find_folders(extra: Sequence[str]) -> dict[str, Path]:
    """Return the folders of the packaged profiles, and the named folders."""
    packaged = {profile: find_weights(profile) for profile in get_args(Profile)}
    return packaged | {folder: Path(folder) for folder in extra}


def read_articles(path: Path | None, count: int) -> list[Fields]:
    """Read the first articles of a JSON Lines file with `text` and optional `title`; without a path, build our own."""
    if path is None:
        raws = (RawArticle.model_validate(build_article(number, seed=0)) for number in range(count))
        return [{"headline": raw.title or "", "body": raw.content} for raw in raws]
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, count)]
    return [{"headline": row.get("title") or "", "body": row["text"]} for row in rows]


def compare_weights(folders: dict[str, Path], articles: Sequence[Fields], rounds: int) -> dict[str, Any]:
    """Return one row for each set of weights, each measured in a fresh process."""
    rows = {}
    for name, folder in folders.items():
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            rows[name] = process.submit(measure_weights, folder, articles, rounds).result()
    return rows


def measure_weights(folder: Path, articles: Sequence[Fields], rounds: int) -> dict[str, Any]:
    """Return words per CPU second for each size of micro-batch, and this process's memory.

    Every round reads all sentences again: no round uses the results of an earlier one.
    """
    encoder = OnnxEncoder.from_folder(folder)
    tune_garbage_collector()
    meter = Meter(encoder._layers)
    encoder._layers = meter
    words = sum(len(text.split()) for fields in articles for text in fields.values())
    best = dict.fromkeys(MICRO_BATCHES, (float("inf"), float("inf")))
    annotate_batch(encoder, articles[: max(MICRO_BATCHES)], MAX_WORDS, READ_AHEAD)
    for _ in range(rounds):
        for size in MICRO_BATCHES:
            gc.collect()
            meter.seconds, began = 0.0, time.process_time()
            for batch in _split(articles, size):
                annotate_batch(encoder, batch, MAX_WORDS, READ_AHEAD)
            best[size] = min(best[size], (time.process_time() - began, meter.seconds))
    batches = {str(size): _describe(words, *seconds) for size, seconds in best.items()}
    return {
        "weights": encoder.identity.name,
        "words": words,
        "micro_batches": batches,
        "rss_mb": round(read_resident_bytes(os.getpid()) / 1e6),
    }


def _split(articles: Sequence[Fields], size: int) -> Iterator[Sequence[Fields]]:
    return (articles[start : start + size] for start in range(0, len(articles), size))


def _describe(words: int, step: float, inside: float) -> dict[str, float]:
    return {
        "step_words_per_cpu_second": round(words / step),
        "encoder_words_per_cpu_second": round(words / inside),
        "around_microseconds_per_word": round(1e6 * (step - inside) / words, 1),
        "around_to_encoder": round((step - inside) / inside, 3),
    }
