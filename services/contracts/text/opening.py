"""The opening of a text, for a place with little room."""

from __future__ import annotations


def cut_opening(text: str, characters: int) -> str:
    """Return the first words of a text on one line, in at most so many characters and a mark that more follow."""
    line = " ".join(text[: 4 * characters].split())
    if len(line) <= characters:
        return line
    kept = line[:characters]
    return f"{kept.rpartition(' ')[0] or kept} …"
