"""Names that need the evidence of the whole article, on short articles that the project wrote itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.enrichment.encoder import Encoder
from services.enrichment.entities import EntityReading, read_fields

ARTICLES = [json.loads(line) for line in Path(__file__).with_name("names.jsonl").read_text("utf-8").splitlines()]

pytestmark = pytest.mark.weights


def read(article: dict[str, Any], encoder: Encoder) -> tuple[EntityReading, ...]:
    return read_fields({name: article[name] for name in ("headline", "body")}, encoder, 5_000).entities


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: f"{article['kind']}: {article['body'][:40]}")
def test_each_name_is_one_entity_with_all_its_mentions(article: dict[str, Any], encoder: Encoder) -> None:
    """The listed names have the listed type and number of mentions, and the others are no entities."""
    found = {entity.name: [entity.type, len(entity.mentions)] for entity in read(article, encoder)}
    assert {name: found.get(name) for name in article["entities"]} == article["entities"]
    assert not found.keys() & set(article["absent"])


@pytest.mark.parametrize(
    "article", [article for article in ARTICLES if "first" in article], ids=lambda each: each["first"]
)
def test_what_an_article_is_about_is_first_by_salience(article: dict[str, Any], encoder: Encoder) -> None:
    """A place that an article is about is above a person who is named once."""
    assert max(read(article, encoder), key=lambda entity: entity.salience).name == article["first"]
