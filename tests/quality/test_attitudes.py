"""Sentiment toward entities in short articles that the project wrote, as docs/sentiment.md defines it.

The articles have what misleads a reader of tones: officials who speak of bad news, places of disasters, victims,
critics together with the criticised, winners with losers, contrasts, and verdicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest

from services.enrichment.encoder import Encoder
from services.enrichment.entities import EntityReading, read_fields
from services.enrichment.models import load_encoder
from services.enrichment.options import Profile

FLOORS: Final[dict[Profile, float]] = {"accurate": 0.85, "fast": 0.79}
"""Lowest share of entities whose sentiment is right."""

OPPOSITES: Final[dict[Profile, float]] = {"accurate": 0.06, "fast": 0.06}
"""Highest share of entities that are praised where the article blames them, or the reverse."""

pytestmark = pytest.mark.weights


def read_labelled() -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Yield the fields of each article and the polarity of its entities by name."""
    for line in Path(__file__).with_name("attitudes.txt").read_text("utf-8").splitlines():
        _, wanted, headline, body = line.split("\t")
        yield {"headline": headline, "body": body}, dict(each.strip().split("=") for each in wanted.split(";"))


def find_named(entities: Iterable[EntityReading], name: str) -> EntityReading | None:
    """Return the first entity whose name or a mention of it is, or ends in, the words of `name`, or the reverse."""
    for entity in entities:
        texts = (entity.name, *(mention.text for mention in entity.mentions))
        if any(text.endswith(name) or name.endswith(text) for text in texts):
            return entity
    return None


@pytest.mark.parametrize("profile", ["accurate", "fast"])
def test_attitudes_follow_what_the_text_says(profile: Profile, encoder: Encoder) -> None:
    """The share of entities with the right sentiment stays above its floor, and few have the opposite of it."""
    reader = encoder if profile == "accurate" else load_encoder(profile=profile)
    right = opposite = total = 0
    for fields, wanted in read_labelled():
        entities = read_fields(fields, reader, 5_000).entities
        for name, polarity in wanted.items():
            entity = find_named(entities, name)
            found = entity.sentiment.polarity if entity else None
            total += 1
            right += found == polarity
            opposite += {found, polarity} == {"negative", "positive"}
    assert right / total >= FLOORS[profile]
    assert opposite / total <= OPPOSITES[profile]
