"""What matching costs: signatures a second, and lookups with their insert a second as the index grows.

    python -m tests.benchmarks.bench_matching [--articles N] [--largest N]

Signatures are of made-up articles of 450 words, the length of a news story. Lookups are of random signatures, which
meet no copy but walk the chains that an index of their number has; datasketch's MinHashLSH stands beside it at the
sizes that it can hold, with as many permutations and its own choice of bands for a threshold of 0.5, where it is
installed.
Rates are of CPU seconds of this process. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterable
from importlib.util import find_spec

import numpy as np

from services.contracts.event import Signature
from services.enrichment.matching import MatchIndex, compute_signature, judge_and_remember
from services.enrichment.matching.signature import PERMUTATIONS, encode_minhash

WORDS = 450
MEASURED = 5_000
"""Lookups of a measurement."""
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
LARGEST_DATASKETCH = 100_000
"""It takes some kilobytes an article."""


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
        "datasketch": measure_datasketch([size for size in sizes if size <= LARGEST_DATASKETCH]),
    }
    print(json.dumps(report, indent=2))


def measure_signatures(count: int) -> float:
    """Signatures a second."""
    rng = random.Random(1)
    vocabulary = [f"word{number}" for number in range(5_000)]
    texts = [" ".join(rng.choices(vocabulary, k=WORDS)) for _ in range(count)]
    return rate(count, lambda: [compute_signature(None, text) for text in texts])


def measure_index(sizes: Iterable[int]) -> list[dict[str, float]]:
    """Lookups with their insert a second, and bytes an article, at each size."""
    index = MatchIndex()
    rng = np.random.default_rng(1)
    results = []
    for size in sizes:
        while index.original_count < size - MEASURED:
            fill(index, rng, min(50_000, size - MEASURED - index.original_count))
        ids, signatures = make_articles(rng, MEASURED)
        speed = rate(MEASURED, lambda: fill_with(index, ids, signatures))  # noqa: B023
        results.append({"articles": size, "per_second": speed, "bytes_per_article": round(index.nbytes / size)})
    return results


def measure_datasketch(sizes: Iterable[int]) -> list[dict[str, float]] | str:
    """The same of datasketch's MinHashLSH."""
    if find_spec("datasketch") is None:
        return "not installed"
    from datasketch import MinHash, MinHashLSH

    rng = np.random.default_rng(1)
    lsh = MinHashLSH(threshold=0.5, num_perm=PERMUTATIONS)
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
        results.append({"articles": size, "per_second": rate(MEASURED, lambda: look_up(MEASURED))})
    return results


def make_articles(rng: np.random.Generator, count: int) -> tuple[list[str], list[Signature]]:
    """Ids and signatures of articles that share nothing."""
    ids = [row.tobytes().hex() for row in rng.integers(0, 256, (count, 16), dtype=np.uint8)]
    signatures = [
        Signature(content_hash=rng.bytes(16).hex(), shingles=WORDS, minhash=encode_minhash(values.tolist()))
        for values in rng.integers(0, 2**32, (count, PERMUTATIONS), dtype=np.uint32)
    ]
    return ids, signatures


def fill(index: MatchIndex, rng: np.random.Generator, count: int) -> None:
    """Add articles that share nothing."""
    fill_with(index, *make_articles(rng, count))


def fill_with(index: MatchIndex, ids: list[str], signatures: list[Signature]) -> None:
    """Judge and remember articles, all at one event time."""
    for article_id, signature in zip(ids, signatures, strict=True):
        judge_and_remember(index, article_id, signature, 0)


def rate(count: int, work: Callable[[], object]) -> float:
    """How many a second of CPU."""
    began = time.process_time()
    work()
    return round(count / (time.process_time() - began))


if __name__ == "__main__":
    main()
