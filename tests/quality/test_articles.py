"""Whole articles that the project wrote, with names whose type only the rest of the article shows."""

from __future__ import annotations

import pytest

from services.enrichment.encoder import Encoder
from services.enrichment.entities import read_fields
from tests.quality.marked import read_articles

FLOOR = 0.76
"""Exact F1 over headlines and bodies with the profile `accurate`.

The errors are companies whose name is one invented word: the weights read it as a person in most sentences of an
article, and then the whole article agrees on the wrong type.
"""

pytestmark = pytest.mark.weights


def test_names_of_whole_articles_stay_above_their_floor(encoder: Encoder) -> None:
    """The exact spans and types of published mentions in headlines and bodies reach the pinned F1."""
    both = total = 0
    for article in read_articles():
        entities = read_fields({name: text for name, (text, _) in article.items()}, encoder, 5_000).entities
        for name, (_, gold) in article.items():
            found = {(m.start, m.end, each.type) for each in entities for m in each.mentions if m.field == name}
            both += len(found & gold)
            total += len(found) + len(gold)
    assert 2 * both / total >= FLOOR
