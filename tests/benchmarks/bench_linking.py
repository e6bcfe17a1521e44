"""Speed of the enrichment with linking, as a ratio to the enrichment without it, in one process and by turns.

python -m tests.benchmarks.bench_linking FILE --articles 40
"""

from __future__ import annotations

import argparse
import json
import time
from itertools import islice
from pathlib import Path

from services.contracts.raw import RawArticle
from services.enrichment.bootstrap import build_pipeline
from services.enrichment.options import EnrichmentOptions
from services.enrichment.pipeline import Pipeline
from tests.support.builders import read_rows


def measure(pipeline: Pipeline, raw: RawArticle) -> float:
    """Return the seconds of processor time that an article takes."""
    began = time.process_time()
    pipeline.annotate(raw, article_id="a" * 32, ingested_at=None)
    return time.process_time() - began


def main() -> None:
    """Print the ratio of the two speeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="JSON Lines with a field text or content")
    parser.add_argument("--articles", type=int, default=40)
    arguments = parser.parse_args()
    rows = islice(read_rows(arguments.file), arguments.articles)
    articles = [RawArticle(content=row["content"]) for row in rows]
    options = {linking: EnrichmentOptions(linking=linking, sentence_cache_bytes=0) for linking in (True, False)}
    pipelines = {linking: build_pipeline(option) for linking, option in options.items()}
    seconds = dict.fromkeys(pipelines, 0.0)
    for number, article in enumerate([articles[0], *articles]):
        for linking in (True, False) if number % 2 else (False, True):
            taken = measure(pipelines[linking], article)
            seconds[linking] += taken if number else 0.0
    print(json.dumps({"articles": len(articles), "speed_with_linking": round(seconds[False] / seconds[True], 4)}))


if __name__ == "__main__":
    main()
