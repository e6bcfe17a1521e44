"""Headlines composed from parts, for what labelled sets have too little of: the meaning of a whole from its parts.

The rise of something bad is bad news and its fall is good news. An acquittal, a rescue or a win is good news although
its words are grim. A denial or a date is neither. A network that learned single words fails on these. Here the label
of a headline follows from its parts, which are in `composed.toml`.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from services.enrichment.encoder import Polarity

PARTS: Final = Path(__file__).with_name("composed.toml")

PER_KIND: Final = 220
"""Headlines drawn for each polarity from the patterns, and for each of rising and falling, good and bad quantities."""

IRREGULAR: Final = {"go": "goes", "reach": "reaches"}
"""Verbs whose third person does not end in a plain s."""

OUTCOMES: Final[dict[tuple[str, str], Polarity]] = {
    ("bad", "rise"): "negative",
    ("bad", "fall"): "positive",
    ("good", "rise"): "positive",
    ("good", "fall"): "negative",
}
"""Polarity of a change of a quantity."""


def compose_headlines(seed: int) -> list[tuple[str, Polarity]]:
    """Compose headlines with their polarity, sorted; the seed decides them, and none is there twice."""
    parts = tomllib.loads(PARTS.read_text(encoding="utf-8"))
    rng = random.Random(f"composed/{seed}")
    composed: dict[str, Polarity] = {}
    for polarity in OUTCOMES.values():
        composed |= dict.fromkeys(_draw(rng, parts, parts["patterns"][polarity], PER_KIND // 2), polarity)
    composed |= dict.fromkeys(_draw(rng, parts, parts["patterns"]["neutral"], PER_KIND), "neutral")
    for (quantity, change), polarity in OUTCOMES.items():
        changes = [_compose_change(rng, parts, quantity, change) for _ in range(PER_KIND)]
        composed |= dict.fromkeys(_draw(rng, parts, changes, PER_KIND), polarity)
    return sorted(composed.items())


def _compose_change(rng: random.Random, parts: dict[str, Any], quantity: str, change: str) -> str:
    singular, plural = (parts["quantities"][f"{quantity}_{number}"] for number in ("singular", "plural"))
    subject = rng.choice([*singular, *plural])
    first, *rest = rng.choice(parts["changes"][change]).split(" ")
    if subject in singular:
        first = IRREGULAR.get(first, f"{first}s")
    after: str = rng.choice(parts["changes"]["after"])
    return " ".join([subject, first, *rest]) + after


def _draw(rng: random.Random, parts: dict[str, Any], patterns: Sequence[str], count: int) -> list[str]:
    """Return `count` headlines from the patterns in turn."""
    return [_fill(rng, parts["words"], patterns[number % len(patterns)]) for number in range(count)]


def _fill(rng: random.Random, words: dict[str, list[str]], pattern: str) -> str:
    """Fill the gaps of a pattern; `other` is another company, and a gap with a capital begins with a capital."""
    chosen = {name: rng.choice(members) for name, members in words.items()}
    chosen["other"] = rng.choice([name for name in words["company"] if name != chosen["company"]])
    capitals = {name.capitalize(): text[:1].upper() + text[1:] for name, text in chosen.items()}
    text: str = pattern.format(**chosen, **capitals)
    return f"{text[:1].upper()}{text[1:]}"
