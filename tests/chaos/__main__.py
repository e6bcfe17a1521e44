"""`make chaos`: faults by the hundred on real services and a real Kafka, and what lay on the topics afterwards.

    python -m tests.chaos [--articles N] [--kills N] [--seed N] [--rate N] [--file FILE...] [--special NAME...]

With the same seed and numbers the same faults come in the same order. Exit code 1 when something was lost, doubled,
changed, out of order or stuck; then Kafka's data and the logs are kept.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from services.embedded import load_embedded_settings
from tests.chaos.run import Run, keep_on_failure, run
from tests.chaos.special import SPECIAL, run_special


def main() -> int:
    """Run what was asked for; returns the exit code."""
    options = _parse()
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    asked = Run(seed, options.articles, options.kills, options.rate, tuple(options.file))
    embedded = load_embedded_settings(os.environ)
    print(f"CHAOS_SEED={seed} CHAOS_ARTICLES={asked.articles} CHAOS_KILLS={asked.kills}", flush=True)
    failed: list[Path] = []
    for name in options.special:
        with keep_on_failure(failed, report) as folder:
            asyncio.run(run_special(name, seed, folder, embedded, report))
    if asked.kills:
        with keep_on_failure(failed, report) as folder:
            result = asyncio.run(run(asked, folder, embedded, report))
            print(result, flush=True)
            if result.violations:
                raise SystemExit(f"{len(result.violations)} violations; repeat with CHAOS_SEED={seed}")
    return 0


def report(line: str) -> None:
    """Print with the time."""
    print(f"{datetime.now(UTC):%H:%M:%S} {line}", flush=True)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=50, help="0: the special faults alone")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--rate", type=float, default=8.0, help="articles a second")
    parser.add_argument("--file", type=Path, nargs="*", default=[], help="JSON Lines with `text`")
    parser.add_argument("--special", nargs="*", choices=[*SPECIAL, "all"], default=[])
    options = parser.parse_args()
    if "all" in options.special:
        options.special = list(SPECIAL)
    return options


if __name__ == "__main__":
    sys.exit(main())
