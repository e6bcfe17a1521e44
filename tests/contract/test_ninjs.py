"""The ninjs form of the golden events, checked against IPTC's own schema."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from services.contracts.event import EnrichedArticle
from services.contracts.ninjs import build_ninjs

EXAMPLES = sorted((Path(__file__).parents[2] / "schemas/examples/news.article.enriched.v1").glob("*.json"))

SCHEMA_PATH = "NINJS_SCHEMA"
"""Environment variable with the path of IPTC's ninjs-schema_3.1.json (CC BY 4.0, from the repository iptc/newsinjson).
No package contains it, and the project has no copy."""


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.name)
def event(request: pytest.FixtureRequest) -> EnrichedArticle:
    """Return each golden event."""
    return EnrichedArticle.model_validate_json(request.param.read_bytes())


def test_the_item_is_valid_by_iptcs_schema(event: EnrichedArticle) -> None:
    """The ninjs form of each golden event is valid by the schema that IPTC publishes."""
    path = os.environ.get(SCHEMA_PATH)
    if path is None:
        pytest.skip(f"set {SCHEMA_PATH} to the path of IPTC's ninjs-schema_3.1.json")
    schema = json.loads(Path(path).read_text(encoding="utf-8"))
    # The schema refers to GeoJSON's by its address. An empty schema replaces it, because no item has coordinates.
    geojson = Resource.from_contents({"$schema": "https://json-schema.org/draft/2020-12/schema"})
    registry: Registry[object] = Registry().with_resource("https://geojson.org/schema/GeoJSON.json", geojson)
    validator = Draft202012Validator(schema, registry=registry, format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(json.loads(build_ninjs(event).to_bytes()))] == []


def test_nothing_is_null(event: EnrichedArticle) -> None:
    """Unknown fields are left out, because ninjs has no null."""
    assert b":null" not in build_ninjs(event).to_bytes()


def test_every_entity_has_its_relevance(event: EnrichedArticle) -> None:
    """Each entity is a subject with its salience in per cent, and is in the list of its type."""
    item = build_ninjs(event)
    by_id = {subject.literal: subject for subject in item.subjects or () if subject.literal}
    for entity in event.entities or ():
        assert by_id[entity.id].relevance == round(100 * entity.salience)
        lists = {"PER": item.people, "ORG": item.organisations, "LOC": item.places, "MISC": item.subjects}
        assert entity.id in {concept.literal for concept in lists[entity.type] or ()}


def test_a_duplicate_names_its_original(event: EnrichedArticle) -> None:
    """A duplicate has an association with its original, named by the verdict; an original has none."""
    associations = build_ninjs(event).associations or ()
    assert [(item.rel, item.uri.rsplit(":", 1)[1]) for item in associations] == (
        [(event.duplicate.verdict, event.duplicate.duplicate_of)] if event.duplicate.duplicate_of else []
    )


def test_every_topic_is_a_subject_with_its_code(event: EnrichedArticle) -> None:
    """Each topic is a subject with its QCode, its address at IPTC and its confidence in per cent."""
    subjects = {subject.literal: subject for subject in build_ninjs(event).subjects or () if subject.literal}
    for topic in event.topics or ():
        subject = subjects[topic.id]
        assert (subject.name, subject.rel, subject.confidence) == (topic.name, "about", round(100 * topic.confidence))
        assert subject.uri == topic.id.replace("medtop:", "http://cv.iptc.org/newscodes/mediatopic/")
