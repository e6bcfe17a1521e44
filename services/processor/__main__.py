"""`python -m services.processor {annotate,match}`: one of the two stages, from environment settings.

`shards` is no stage: it takes another shard map into use (docs/shards.md).
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys

STAGES = {
    "annotate": "services.processor.annotate.bootstrap",
    "match": "services.processor.match.bootstrap",
    "shards": "services.processor.match.resharding",
}
"""Imported by name and only when asked for: match must run where faust and the models are not installed."""


def main() -> int:
    """Run the stage named on the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.processor", description=__doc__)
    parser.add_argument("stage", choices=sorted(STAGES))
    chosen = parser.parse_args()
    code: int = importlib.import_module(STAGES[chosen.stage]).main(os.environ)
    return code


if __name__ == "__main__":
    sys.exit(main())
