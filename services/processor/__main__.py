"""`python -m services.processor {annotate,match,shards}`: run one stage, configured by environment variables.

`annotate` and `match` are the stages. `shards` is a one-off command: it puts a changed shard map into use
(docs/shards.md).
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from services.runtime.service.lifecycle import EXIT_CONFIGURATION

STAGES = {
    "annotate": "services.processor.annotate.bootstrap",
    "match": "services.processor.match.bootstrap",
    "shards": "services.processor.match.resharding",
}
"""Module of each argument. It is imported only when asked for: match must run without faust and without models."""


def main(arguments: Sequence[str]) -> int:
    """Run the stage that the only argument names and return its exit code, or 2 for any other arguments.

    The images have no command-line library, so the arguments are compared here.
    """
    if len(arguments) != 1 or arguments[0] not in STAGES:
        given = " ".join(arguments) or "nothing"
        names = "|".join(STAGES)
        sys.stderr.write(f"usage: python -m services.processor {names}\nerror: expected one stage, got: {given}\n")
        return EXIT_CONFIGURATION
    code: int = importlib.import_module(STAGES[arguments[0]]).main(os.environ)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
