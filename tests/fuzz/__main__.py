"""`make fuzz`: bad records by the thousand among good ones, on every stage's input.

    python -m tests.fuzz [--records N] [--seed N]

Exit code 1 when a bad record is not among the dead letters with its bytes and its reason, when a good one did not come
through, or when memory grew.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
from pathlib import Path

from services.embedded import load_embedded_settings
from tests.chaos.__main__ import report
from tests.chaos.run import keep_on_failure
from tests.fuzz.run import fuzz


def main() -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    print(f"FUZZ_SEED={seed} FUZZ_RECORDS={options.records}", flush=True)
    embedded = load_embedded_settings(os.environ)
    kept: list[Path] = []
    with keep_on_failure(kept, report) as folder:
        print(asyncio.run(fuzz(options.records, seed, folder, embedded, report)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
