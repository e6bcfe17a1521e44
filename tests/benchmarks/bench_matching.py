"""What matching costs: signatures a second, and lookups with their insert a second as the index grows.

    python -m tests.benchmarks.bench_matching [--articles N] [--largest N]

Signatures are of made-up articles of 300 words in ten paragraphs, with headline and URL. Lookups are of random
signatures, which meet no copy but walk the tables that an index of their number has; the same with the window moving
on, where each place is taken anew; and of a template that all articles share. datasketch's MinHashLSH stands beside it
at the sizes that it can hold, with 128 permutations and its own choice of bands for a threshold of 0.5, where it is
installed.

Rates are of CPU seconds of this process; bytes are what its resident memory grew by. Prints one JSON object. Ten
million articles (--largest 10000000) take a quarter of an hour, most of it to make them up, and 3 GB.
"""

from __future__ import annotations

import argparse
import base64
import gc
import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from services.contracts.event import Signature
from services.enrichment.matching import MatchIndex, compute_signature, judge_and_remember
from services.enrichment.matching.parameters import HOUR_MS
from services.enrichment.matching.signature import ANCHORS
from services.enrichment.matching.sketch import SKETCH_BYTES

WORDS = 300
PARAGRAPHS = 10
MEASURED = 5_000
"""Lookups of a measurement."""
BATCH = 20_000
"""Articles made up at a time: fewer than would weigh on the memory that is measured."""
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
LARGEST_DATASKETCH = 100_000
"""It takes some kilobytes an article."""
PERMUTATIONS = 128
"""Of datasketch's signatures."""
SHARED = 6
"""Anchors of a template: about half."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=2_000, help="whose signatures are computed")
    parser.add_argument("--largest", type=int, default=100_000, help="articles of the largest index")
    options = parser.parse_args()
    sizes = [size for size in SIZES if size <= options.largest]
    report = {
        "signatures_per_second": measure_signatures(options.articles),
        "index": measure_index(sizes),
        "index_with_its_window_moving": measure_moving(min(sizes[-1], 100_000)),
        "index_under_one_template": measure_template(min(sizes[-1], 100_000)),
        "datasketch": measure_datasketch([size for size in sizes if size <= LARGEST_DATASKETCH]),
    }
    print(json.dumps(report, indent=2))


def measure_signatures(count: int) -> float:
    """Signatures a second."""
    rng = random.Random(1)
    vocabulary = [f"word{number}" for number in range(5_000)]
    length = WORDS // PARAGRAPHS
    texts = ["\n\n".join(" ".join(rng.choices(vocabulary, k=length)) for _ in range(PARAGRAPHS)) for _ in range(count)]
    url = "https://wire.example/2026/03/harbour-bridge-vote-delayed-{}"

    def compute() -> None:
        for number, text in enumerate(texts):
            compute_signature(text[:60], text, canonical_url=url.format(number), written_s=number)

    return rate(count, compute)


def measure_index(sizes: Iterable[int]) -> list[dict[str, float]]:
    """Lookups with their insert a second, and bytes an article, at each size."""
    index = MatchIndex()
    rng = np.random.default_rng(1)
    fill(MatchIndex(), rng, BATCH)
    before = read_resident()
    results = []
    for size in sizes:
        while index.original_count < size - MEASURED:
            fill(index, rng, min(BATCH, size - MEASURED - index.original_count))
        speed = measure_lookups(index, *make_articles(rng, MEASURED))
        grown = (read_resident() - before) / size
        results.append({"articles": size, "per_second": speed, "bytes_per_article": round(grown)})
    return results


def measure_lookups(index: MatchIndex, ids: list[str], signatures: list[Signature], moment: int = 0) -> float:
    """Lookups with their insert a second, all at one event time."""
    return rate(len(ids), lambda: fill_with(index, ids, signatures, moment))


def measure_moving(size: int) -> dict[str, float]:
    """The same where a window of articles has passed and each insert takes the place of one that is forgotten."""
    index = MatchIndex()
    rng = np.random.default_rng(2)
    hours = index.parameters.window_ms // HOUR_MS
    for hour in range(2 * hours):
        fill(index, rng, size // hours, hour * HOUR_MS)
    speed = measure_lookups(index, *make_articles(rng, MEASURED), 2 * hours * HOUR_MS)
    return {"articles": index.original_count, "per_second": speed}


def measure_template(size: int) -> dict[str, float]:
    """The same where all articles share half of their anchors and yet are no copies of each other."""
    index = MatchIndex()
    rng = np.random.default_rng(3)
    template = rng.bytes(4 * SHARED)
    while index.original_count < size - MEASURED:
        fill(index, rng, min(BATCH, size - MEASURED - index.original_count), template=template)
    speed = measure_lookups(index, *make_articles(rng, MEASURED, template))
    return {"articles": index.original_count, "per_second": speed, "limit_hits": index.bucket_limit_hits}


def measure_datasketch(sizes: Iterable[int]) -> list[dict[str, float]] | str:
    """The same of datasketch's MinHashLSH."""
    if find_spec("datasketch") is None:
        return "not installed"
    from datasketch import MinHash, MinHashLSH

    rng = np.random.default_rng(1)
    lsh = MinHashLSH(threshold=0.5, num_perm=PERMUTATIONS)
    before = read_resident()
    results = []
    held = 0

    def look_up(count: int) -> None:
        nonlocal held
        for values in rng.integers(0, 2**32, (count, PERMUTATIONS), dtype=np.uint64):
            sketch = MinHash(num_perm=PERMUTATIONS, hashvalues=values, scheme="legacy")
            lsh.query(sketch)
            lsh.insert(held, sketch, check_duplication=False)
            held += 1

    for size in sizes:
        look_up(size - MEASURED - held)
        speed = rate(MEASURED, lambda: look_up(MEASURED))
        grown = (read_resident() - before) / size
        results.append({"articles": size, "per_second": speed, "bytes_per_article": round(grown)})
    return results


def make_articles(rng: np.random.Generator, count: int, template: bytes = b"") -> tuple[list[str], list[Signature]]:
    """Ids and signatures of articles that share nothing, or only a template's anchors."""
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
        )
        for page in rng.integers(1, 2**32, count)
    ]
    return ids, signatures


def fill(index: MatchIndex, rng: np.random.Generator, count: int, moment: int = 0, *, template: bytes = b"") -> None:
    """Add made-up articles."""
    fill_with(index, *make_articles(rng, count, template), moment)


def fill_with(index: MatchIndex, ids: Sequence[str], signatures: Sequence[Signature], moment: int = 0) -> None:
    """Judge and remember articles, all at one event time."""
    for article_id, signature in zip(ids, signatures, strict=True):
        judge_and_remember(index, article_id, signature, moment)


def rate(count: int, work: Callable[[], object]) -> float:
    """How many a second of CPU."""
    began = time.process_time()
    work()
    return round(count / (time.process_time() - began))


def read_resident() -> int:
    """Bytes of memory that this process holds (Linux)."""
    gc.collect()
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main()
