"""Rarity of a word: how few articles have it, from a frozen table for English and by its length elsewhere."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

TABLE: Final = "rarity.tsv"
"""Stems with their rarity, written by `python -m services.training rarity`."""

UNKNOWN: Final = 793
"""Rarity of an English word that the table does not have, because fewer than five of its articles do."""

BY_LENGTH: Final = (0, 0, 0, 0, 200, 300, 400, 500, 600)
"""Rarity of a word of another language by its number of letters: frequent words are short in all languages (Zipf). The
last value is for all longer words."""
CAPITALISED: Final = 150
"""Added to that for a word with a capital letter within a sentence."""
PAIR: Final = 400
"""Rarity of two letters in a script without spaces."""


@cache
def load_table() -> dict[str, int]:
    """Return the rarity of each stem of the table: 100 times the natural logarithm of the inverse share of articles."""
    lines = files(__package__).joinpath(TABLE).read_text(encoding="utf-8").splitlines()
    return {stem: int(rarity) for stem, rarity in (line.split("\t") for line in lines)}


def measure_english(stem: str) -> int:
    """Return the rarity of an English stem."""
    return load_table().get(stem, UNKNOWN)


def measure_by_length(stem: str, *, is_capitalised: bool, is_pair: bool) -> int:
    """Return the rarity of a stem of a language without a table."""
    if is_pair:
        return PAIR
    rarity = BY_LENGTH[min(len(stem), len(BY_LENGTH) - 1)]
    return rarity + CAPITALISED if rarity and is_capitalised else rarity
