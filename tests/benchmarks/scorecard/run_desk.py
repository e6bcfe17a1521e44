"""Our runner: `python -m tests.benchmarks.scorecard.run_desk WEIGHTS JOB`. Prints one JSON object."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from services.enrichment.entities import annotate_fields
from services.enrichment.models import load_encoder

MAX_WORDS = 1_000_000


def main() -> None:
    """Time the whole annotation of clean text: entities, their groups, salience and sentiment."""
    weights, job = Path(sys.argv[1]), Path(sys.argv[2])
    encoder = load_encoder(weights)
    texts = [json.loads(line) for line in (job / "texts.jsonl").open(encoding="utf-8")]
    annotate_fields({"headline": "", "body": texts[0]}, encoder, MAX_WORDS)
    began = time.process_time()
    for text in texts:
        annotate_fields({"headline": "", "body": text}, encoder, MAX_WORDS)
    seconds = time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "memory_mb": memory}))


if __name__ == "__main__":
    main()
