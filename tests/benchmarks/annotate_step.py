"""What the annotate step costs a CPU: clean text in, entities and sentiment out, for each profile.

Every set of weights runs in a process of its own and works on the articles in micro-batches of several sizes that take
turns, so that a change in the machine's load meets all of them; the best round counts. Of a micro-batch as much is read
at once as in the service, whose default is the largest size. The encoder alone is ONNX Runtime's part of the same
rounds. The sentences of a round before are forgotten, its words are not.
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
from typing import Any, Final

from services.contracts.raw import RawArticle
from services.enrichment.models import WEIGHTS
from services.enrichment.models.onnx_encoder import OnnxEncoder
from services.processor.annotate.workers.batch import READ_AHEAD
from services.processor.annotate.workers.process import collect_seldom
from services.runtime.service.proc import read_resident_bytes
from tests.benchmarks.scorecard.run_desk import annotate_batch
from tests.support.builders import build_article

MICRO_BATCHES: Final = (1, 8, 32)
"""Articles: an idle stream's, one worker's share of four, a full one, as the setting has it by default."""

MAX_WORDS: Final = 5_000
"""That the step's default has."""

Fields = dict[str, str]


class Meter:
    """A session that adds up the CPU seconds of its runs."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.seconds = 0.0

    def run(self, outputs: Sequence[str], inputs: dict[str, Any]) -> Any:
        """Run the session."""
        began = time.process_time()
        made = self._session.run(outputs, inputs)
        self.seconds += time.process_time() - began
        return made


def find_folders(extra: Sequence[str]) -> dict[str, Path]:
    """The packaged profiles that have weights, and folders that were named."""
    packaged = {folder.name: folder for folder in sorted(WEIGHTS.iterdir()) if (folder / "manifest.json").is_file()}
    return packaged | {folder: Path(folder) for folder in extra}


def read_articles(path: Path | None, count: int) -> list[Fields]:
    """The first articles of JSON Lines with `text` and perhaps `title`, or the project's own."""
    if path is None:
        raws = (RawArticle.model_validate(build_article(number, seed=0)) for number in range(count))
        return [{"headline": raw.title or "", "body": raw.content} for raw in raws]
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, count)]
    return [{"headline": row.get("title") or "", "body": row["text"]} for row in rows]


def compare_weights(folders: dict[str, Path], articles: Sequence[Fields], rounds: int) -> dict[str, Any]:
    """One row a set of weights, each measured in a fresh process."""
    rows = {}
    for name, folder in folders.items():
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            rows[name] = process.submit(measure_weights, folder, articles, rounds).result()
    return rows


def measure_weights(folder: Path, articles: Sequence[Fields], rounds: int) -> dict[str, Any]:
    """Words a CPU second by micro-batch, and this process's memory. Nothing is remembered between rounds."""
    encoder = OnnxEncoder.from_folder(folder)
    collect_seldom()
    meter = Meter(encoder._session)
    encoder._session = meter
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
