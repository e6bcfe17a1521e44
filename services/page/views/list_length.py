"""Length of a list of lines, as its URL asks for it."""

from __future__ import annotations

import re
from typing import Final

LINES: Final = 40
"""Lines that a list shows at first."""
MAX_LINES: Final = 400
"""Lines that a list shows at most, on one page."""
LIMIT: Final = re.compile("[0-9]{1,6}")
"""Form of a number of lines in a URL. Any other text means LINES."""


def read_limit(text: str) -> int:
    """Return the number of lines that a URL asks for, within the bounds."""
    limit = int(text) if LIMIT.fullmatch(text) else LINES
    return min(MAX_LINES, max(1, limit))


def find_more(limit: int, found: int) -> int | None:
    """Return the next greater length of a list, or None if all lines are shown or no more can be.

    `found` is the number of lines of a search for one more than `limit`.
    """
    return min(MAX_LINES, limit * 3) if found > limit < MAX_LINES else None
