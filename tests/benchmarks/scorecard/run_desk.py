"""Runner of our weights: `python -m tests.benchmarks.scorecard.run_desk WEIGHTS JOB ARTICLES PIECES`.

Prints one JSON object. Texts are annotated in micro-batches of ARTICLES, of which at most PIECES word pieces are read
together, like in a worker of annotate; with 1 and 0, each text is read before the next one is started. Other texts are
processed first, untimed, because a running service is warm.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.enrichment.encoder import Encoder
from services.enrichment.entities import combine_readings, split_article
from services.enrichment.models import load_encoder
from services.processor.annotate.workers.batch import split_by_size
from services.runtime.service.garbage import tune_garbage_collector

MAX_WORDS = 1_000_000


def main() -> None:
    """Time the whole annotation of clean text: entities, their groups, salience and sentiment."""
    weights, job, articles, pieces = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    encoder = load_encoder(weights)
    tune_garbage_collector()
    warm, texts = (
        [{"headline": "", "body": json.loads(line)} for line in (job / name).open(encoding="utf-8")]
        for name in ("warm.jsonl", "texts.jsonl")
    )
    annotate_batch(encoder, warm, MAX_WORDS, pieces)
    began = time.process_time()
    for start in range(0, len(texts), articles):
        annotate_batch(encoder, texts[start : start + articles], MAX_WORDS, pieces)
    seconds = time.process_time() - began
    print(json.dumps({"seconds": seconds}))


def annotate_batch(encoder: Encoder, articles: Sequence[Mapping[str, str]], max_words: int, pieces: int) -> None:
    """Annotate a micro-batch like the pipeline: at most `pieces` word pieces are scanned together."""
    split = (split_article(fields, encoder, max_words) for fields in articles)
    for texts in split_by_size(split, lambda text: text.size, pieces):
        for text, scan in zip(texts, encoder.scan([text.scan_input for text in texts]), strict=True):
            combine_readings(text, scan)


if __name__ == "__main__":
    main()
