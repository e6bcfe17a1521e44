"""Suggestions for misspelt names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def find_similar(written: str, choices: Iterable[str]) -> str | None:
    """Return the choice that someone who wrote a text may have meant, such as `PER` for `person`; None if none is."""
    folded = {choice.casefold(): choice for choice in choices}
    lowered = written.casefold()
    begun = [choice for choice in folded if lowered and (choice.startswith(lowered) or lowered.startswith(choice))]
    close = [*begun, *get_close_matches(lowered, folded, n=1)]
    return folded[close[0]] if close else None


def suggest(written: str, choices: Iterable[str]) -> str:
    """Return the end of an error message that names the similar choice: `; did you mean rules?`, or an empty text."""
    similar = find_similar(written, choices)
    return f"; did you mean {similar}?" if similar is not None else ""
