"""Sentiment toward entities that pronouns and descriptions mean, on passages that the project wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from services.enrichment.encoder import Encoder
from services.enrichment.entities import EntityReading, read_fields

FLOOR: Final = 0.8
"""Lowest share of entities whose sentiment is right."""

OPEN: Final = "~"
"""Sentiment of an entity that a pronoun may or may not mean: neutral, or another with a low probability."""

LOW: Final = 0.6
"""Probability below which a polarity is low."""

pytestmark = pytest.mark.weights


def read_passages() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each passage with the polarity of its entities by name."""
    for line in Path(__file__).with_name("references.txt").read_text("utf-8").splitlines():
        _, wanted, text = line.split("\t")
        yield text, dict(each.strip().split("=") for each in wanted.split(";"))


def is_right(entity: EntityReading | None, wanted: str) -> bool:
    if entity is None:
        return False
    sentiment = entity.sentiment
    if wanted == OPEN:
        return sentiment.polarity == "neutral" or max(sentiment.negative, sentiment.positive) < LOW
    return sentiment.polarity == wanted


def test_what_is_said_of_pronouns_and_descriptions_counts(encoder: Encoder) -> None:
    """The share of entities with the right sentiment stays above the pinned floor."""
    results = []
    for text, wanted in read_passages():
        found = {entity.name: entity for entity in read_fields({"body": text}, encoder, 5_000).entities}
        results += [is_right(found.get(name), polarity) for name, polarity in wanted.items()]
    assert sum(results) / len(results) >= FLOOR
