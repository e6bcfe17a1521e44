"""Sources that an article quotes."""

from __future__ import annotations

import pytest

from services.enrichment.entities.sources import SOURCE_WEIGHT, weigh_mention


@pytest.mark.parametrize(
    "text",
    [
        "according to Velmo, sales fell",
        "according to a Velmo report",
        "Mara Berg, an analyst at Velmo, said",
        "she told the Velmo daily",
        "the news published by Velmo",
        "a Velmo survey showed",
    ],
)
def test_a_quoted_organisation_is_a_source(text: str) -> None:
    """An organisation from which an article has its figures or its news counts less."""
    start = text.index("Velmo")
    assert weigh_mention(text, start, start + 5, "ORG") == SOURCE_WEIGHT
    assert weigh_mention(text, start, start + 5, "PER") == 1.0


@pytest.mark.parametrize("text", ["Velmo said it will close", "shares of Velmo fell", "the chief executive of Velmo"])
def test_an_organisation_that_acts_is_no_source(text: str) -> None:
    """A mention of an organisation that the article is about counts fully."""
    start = text.index("Velmo")
    assert weigh_mention(text, start, start + 5, "ORG") == 1.0
