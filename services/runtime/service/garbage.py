"""Set-up of Python's garbage collector for a process that works on one record after the other."""

from __future__ import annotations

import gc
from typing import Final

COLLECT_AFTER: Final = 10_000
"""Number of new containers after which Python searches for reference cycles; its default is 700. Reference counts free
what a record leaves behind, so the search finds nothing and only takes time."""


def tune_garbage_collector() -> None:
    """Let this process search for reference cycles less often."""
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])
