"""Suggestions for misspelt names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

SHORTEST_MISSPELT = 5
"""Minimum number of letters of a misspelling: shorter words are often one letter apart, such as `date` and `rate`."""


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


def is_one_letter_off(written: str, known: str) -> bool:
    """Return whether a word has one letter more, less or other than the known one, two swapped, or a plural s."""
    if written == known or abs(len(written) - len(known)) > 1:
        return False
    longer, shorter = sorted((written, known), key=len, reverse=True)
    if longer == f"{shorter}s":
        return True
    if min(len(written), len(known)) < SHORTEST_MISSPELT - 1 or len(written) < SHORTEST_MISSPELT:
        return False
    start = next((i for i, (one, other) in enumerate(zip(longer, shorter, strict=False)) if one != other), len(shorter))
    if len(longer) > len(shorter):
        return longer[start].isalpha() and longer[start + 1 :] == shorter[start:]
    one, other = longer[start:], shorter[start:]
    swapped = one[:2] == other[1::-1] and one[2:] == other[2:]
    return (one[0].isalpha() and one[1:] == other[1:]) or swapped
