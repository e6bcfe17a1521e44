"""A pre-commit check: a file above the limit stays in the history of git for ever.

`python -m tests.support.large_files FILE...` exits with 1 and names each file that is too large.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

LIMIT_BYTES = 1_000_000
WEIGHTS = Path("services", "enrichment", "models", "weights")
"""The models: committed once, when they are final."""


def find_large_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files above the limit that are not weights."""
    return [path for path in paths if WEIGHTS not in path.parents and path.stat().st_size > LIMIT_BYTES]


if __name__ == "__main__":
    large = find_large_files(map(Path, sys.argv[1:]))
    for path in large:
        print(f"{path}: {path.stat().st_size:,} bytes; at most {LIMIT_BYTES:,} are allowed")
    sys.exit(1 if large else 0)
