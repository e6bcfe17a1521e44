"""Texts for the tests of matching, built from the project's own words."""

from __future__ import annotations

import random

from tests.support.builders import WORDS


def write_text(seed: int, length: int = 200) -> str:
    """Write a text of `length` words; the texts of two seeds share nearly no sequence of three words."""
    rng = random.Random(seed)
    return " ".join(f"{rng.choice(WORDS)}{rng.randrange(100)}" for _ in range(length))


def change_words(text: str, count: int, seed: int = 0) -> str:
    """Replace `count` words of the text."""
    rng = random.Random(seed)
    words = text.split()
    for place in rng.sample(range(len(words)), count):
        words[place] = f"changed{rng.randrange(10_000)}"
    return " ".join(words)
