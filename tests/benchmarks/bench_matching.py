"""Benchmark of matching: signatures per second, and lookups with insert per second as the index grows.

Run: python -m tests.benchmarks.bench_matching

Signatures are computed for generated articles of 300 words in ten paragraphs, with headline and URL. There are three
kinds of lookups. Random signatures find no copy, but the lookup walks tables as large as the index needs. With a moving
window, each insert replaces an expired article. In a flood, all articles share a template or all anchors, and the time
for one article is printed as the flood grows. If datasketch is installed, its MinHashLSH is measured too, at sizes that
fit in memory, with 128 permutations and its own choice of bands for a threshold of 0.5.

Rates are per CPU second of this process: the median and the best of several rounds, so that other work of the machine
matters little. `while_growing` is the rate of all inserts since the previous size, including the time to build larger
tables. Bytes are the growth of resident memory. Prints one JSON object, and each part of it on stderr as soon as it is
known. Ten million articles (--largest 10000000) need twenty minutes of a core, and 3 GB.
"""

from __future__ import annotations

import base64
import gc
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.util import find_spec
from statistics import median
from typing import Annotated

import numpy as np
import typer

from services.contracts.event import Signature
from services.enrichment.matching import MatchIndex, compute_signature, judge_and_remember
from services.enrichment.matching.memory.hourly_expiry import HOUR_MS
from services.enrichment.matching.signatures.signature import ANCHORS
from services.enrichment.matching.signatures.sketch import SKETCH_BYTES
from services.enrichment.matching.signatures.slots import KEPT_WORDS, SLOTS
from services.runtime.service.process_usage import read_resident_bytes

Rates = dict[str, float]

WORDS = 300
PARAGRAPHS = 10
ROUNDS = 5
MEASURED = 5_000
"""Lookups in a round, at most a tenth of the index."""
BATCH = 2_000
"""Articles that are generated at a time: few enough not to affect the measured memory."""
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
LARGEST_DATASKETCH = 100_000
"""Largest index of datasketch: it needs some kilobytes for each article."""
PERMUTATIONS = 128
"""Permutations of datasketch's signatures."""
SHARED = (6, ANCHORS)
"""Numbers of a template's anchors that the articles share: about half, and all."""
FLOOD_STEPS = 10


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=__doc__)
def main(
    articles: Annotated[int, typer.Option(help="Articles whose signatures are computed.")] = 2_000,
    largest: Annotated[int, typer.Option(help="Articles in the largest index.")] = 100_000,
    flood: Annotated[int, typer.Option(help="Articles that share a template.")] = 100_000,
) -> None:
    """Measure and print."""
    sizes = [size for size in SIZES if size <= largest]
    held = [size for size in sizes if size <= LARGEST_DATASKETCH]
    report = {
        "signatures_per_second": print_part(measure_signatures(articles)),
        "index": [print_part(line) for line in measure_index(sizes)],
        "index_with_its_window_moving": print_part(measure_moving(min(sizes[-1], 100_000))),
        "index_under_one_template": [
            {"shared_anchors": shared, "growth": [print_part(line) for line in measure_flood(flood, shared)]}
            for shared in SHARED
        ],
        "datasketch": [print_part(line) for line in measure_datasketch(held)]
        if find_spec("datasketch")
        else "not installed",
    }
    print(json.dumps(report, indent=2))


def print_part(line: Rates) -> Rates:
    """Print a part of the report on stderr, because the whole report may take long, and return it."""
    print(json.dumps(line), file=sys.stderr, flush=True)
    return line


def measure_signatures(count: int) -> Rates:
    """Return the signatures per second."""
    rng = random.Random(1)
    vocabulary = [f"word{number}" for number in range(5_000)]
    length = WORDS // PARAGRAPHS
    texts = ["\n\n".join(" ".join(rng.choices(vocabulary, k=length)) for _ in range(PARAGRAPHS)) for _ in range(count)]
    url = "https://wire.example/2026/03/harbour-bridge-vote-delayed-{}"

    def compute() -> None:
        for number, text in enumerate(texts):
            compute_signature(text[:60], text, canonical_url=url.format(number), written_s=number)

    return summarise(count, [measure_cpu(compute) for _ in range(ROUNDS)])


def measure_index(sizes: Iterable[int]) -> Iterator[Rates]:
    """Yield the lookups with insert per second, and the bytes per article, at each size."""
    index = MatchIndex()
    rng = np.random.default_rng(1)
    fill(MatchIndex(), rng, BATCH)
    before = collect_and_measure()
    for size in sizes:
        held = index.original_count
        each = min(MEASURED, size // 10)
        seconds = fill(index, rng, size - ROUNDS * each - held)
        rounds = [fill(index, rng, each) for _ in range(ROUNDS)]
        yield {
            "articles": size,
            **summarise(each, rounds),
            "while_growing": round((size - held) / (seconds + sum(rounds))),
            "bytes_per_article": round((collect_and_measure() - before) / size),
        }


def measure_moving(size: int) -> Rates:
    """Return the lookups with insert per second when each insert replaces an expired article of a full window."""
    index = MatchIndex()
    rng = np.random.default_rng(2)
    hours = index.parameters.window_ms // HOUR_MS
    for hour in range(2 * hours):
        fill(index, rng, size // hours, hour * HOUR_MS)
    each = min(MEASURED, size // 10)
    rounds = [fill(index, rng, each, (2 * hours + hour) * HOUR_MS) for hour in range(ROUNDS)]
    return {"articles": index.original_count, **summarise(each, rounds)}


def measure_flood(size: int, shared: int) -> Iterator[Rates]:
    """Yield the time for one article as a flood grows, and how often the limit of articles under one key was reached.

    All articles share anchors, but none is a copy of another.
    """
    index = MatchIndex()
    rng = np.random.default_rng(3)
    template = rng.bytes(4 * shared)
    each = size // FLOOD_STEPS
    for step in range(1, FLOOD_STEPS + 1):
        hits = index.bucket_limit_hits
        seconds = fill(index, rng, each, template=template)
        yield {
            "articles": step * each,
            "microseconds_an_article": round(1e6 * seconds / each, 1),
            "limit_hits": index.bucket_limit_hits,
            "limit_hits_an_article": round((index.bucket_limit_hits - hits) / each, 2),
        }


def measure_datasketch(sizes: Iterable[int]) -> Iterator[Rates]:
    """Yield the same figures for datasketch's MinHashLSH."""
    from datasketch import MinHash, MinHashLSH

    rng = np.random.default_rng(1)
    lsh = MinHashLSH(threshold=0.5, num_perm=PERMUTATIONS)
    before = collect_and_measure()
    held = 0

    def look_up(count: int) -> None:
        nonlocal held
        for values in rng.integers(0, 2**32, (count, PERMUTATIONS), dtype=np.uint64):
            sketch = MinHash(num_perm=PERMUTATIONS, hashvalues=values, scheme="legacy")
            lsh.query(sketch)
            lsh.insert(held, sketch, check_duplication=False)
            held += 1

    for size in sizes:
        each = min(MEASURED, size // 10)
        look_up(size - ROUNDS * each - held)
        rounds = [measure_cpu(partial(look_up, each)) for _ in range(ROUNDS)]
        grown = (collect_and_measure() - before) / size
        yield {"articles": size, **summarise(each, rounds), "bytes_per_article": round(grown)}


def make_articles(rng: np.random.Generator, count: int, template: bytes = b"") -> tuple[list[str], list[Signature]]:
    """Generate ids and signatures of articles that share nothing, or only a template's anchors."""
    ids = [rng.bytes(16).hex() for _ in range(count)]
    signatures = [
        Signature(
            content_hash=rng.bytes(16).hex(),
            shingles=WORDS,
            sketch=base64.b64encode(rng.bytes(SKETCH_BYTES)).decode(),
            anchors=base64.b64encode(template + rng.bytes(4 * ANCHORS - len(template))).decode(),
            host=1,
            page=int(page),
            headline=1,
            numbers=1,
            paragraphs=tuple(range(8)),
            slots=base64.b64encode(rng.bytes(4 * SLOTS)).decode(),
            opening=base64.b64encode(rng.bytes(2 * KEPT_WORDS)).decode(),
            published_day=20_000,
        )
        for page in rng.integers(1, 2**32, count)
    ]
    return ids, signatures


def fill(index: MatchIndex, rng: np.random.Generator, count: int, moment: int = 0, *, template: bytes = b"") -> float:
    """Judge and remember generated articles, all at one event time.

    Returns the CPU seconds, without the time to generate the articles.
    """
    seconds = 0.0
    for begin in range(0, count, BATCH):
        ids, signatures = make_articles(rng, min(BATCH, count - begin), template)
        seconds += measure_cpu(partial(judge_and_remember_all, index, ids, signatures, moment))
    return seconds


def judge_and_remember_all(index: MatchIndex, ids: list[str], signatures: list[Signature], moment: int) -> None:
    """Judge and remember articles, all at one event time."""
    for article_id, signature in zip(ids, signatures, strict=True):
        judge_and_remember(index, article_id, signature, moment)


def measure_cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of a call."""
    began = time.process_time()
    work()
    return time.process_time() - began


def summarise(count: int, rounds: list[float]) -> Rates:
    """Return the median and the best rate of rounds with `count` calls each."""
    return {"per_second": round(count / median(rounds)), "best": round(count / min(rounds))}


def collect_and_measure() -> int:
    """Return the resident bytes of this process after a garbage collection."""
    gc.collect()
    return read_resident_bytes(os.getpid())


if __name__ == "__main__":
    app()
