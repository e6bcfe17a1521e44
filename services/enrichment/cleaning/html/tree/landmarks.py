"""Landmarks: plain strings of an extracted line, by which the line is found in the page's markup."""

from __future__ import annotations

import re

PLAIN = re.compile(r"\w[\w ,.]*")
"""Characters that are the same in the page and in the extracted text, because pages do not write them as references."""

REACH = 300
"""Number of characters of a line in which its landmark is chosen."""

MAX_CHARACTERS = 40
"""Maximum number of characters of a landmark; in a longer string the page may have a line break."""


def choose_landmark(line: str) -> str:
    """Return the longest plain string at the beginning of a line; an empty text if there is none."""
    return max(PLAIN.findall(line[:REACH]), key=len, default="")[:MAX_CHARACTERS]
