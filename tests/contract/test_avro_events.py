"""The Avro encoder of docs/consumers: with the published schema, events lose nothing."""

from __future__ import annotations

import importlib.util
import io
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import fastavro
import pytest

from services.contracts.event import EnrichedArticle
from tests.support.events import build_event

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "schemas" / "news.article.enriched.v1.avsc"
EXAMPLES = sorted((ROOT / "schemas/examples/news.article.enriched.v1").glob("*.json"))
EVENTS = 100


@pytest.fixture(scope="module")
def avro_events() -> ModuleType:
    """Load the example as a program of a consumer would have it."""
    spec = importlib.util.spec_from_file_location("avro_events", ROOT / "docs/consumers/python/avro_events.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build_events() -> list[dict[str, Any]]:
    """Return 100 different events as parsed from JSON: the golden ones, and copies with other values."""
    golden = [json.loads(EnrichedArticle.model_validate_json(path.read_bytes()).to_bytes()) for path in EXAMPLES]
    golden.append(json.loads(build_event().to_bytes()))
    events = []
    for number in range(EVENTS):
        event = json.loads(json.dumps(golden[number % len(golden)]))
        event["id"] = f"{number:032x}"
        event["article"]["headline"] = f"№ {number} \U0001f4f0" if number % 3 else None
        event["article"]["ingested_at"] = f"2026-03-10T08:00:{number % 60:02d}.{number:06d}Z"
        events.append(event)
    return events


def test_a_hundred_events_survive(avro_events: ModuleType) -> None:
    """Each of 100 events is encoded by the schema, and what is decoded is the same event."""
    schema = avro_events.read_schema(SCHEMA)
    for event in build_events():
        decoded = avro_events.decode(avro_events.encode(event, schema), schema)
        assert EnrichedArticle.model_validate(decoded) == EnrichedArticle.model_validate(event)


def test_a_file_has_all_events(avro_events: ModuleType) -> None:
    """An object container file has its schema and the events in their order."""
    events, file = build_events(), io.BytesIO()
    avro_events.write_file(events, avro_events.read_schema(SCHEMA), file)
    file.seek(0)
    read = [EnrichedArticle.model_validate(one) for one in fastavro.reader(file)]
    assert read == [EnrichedArticle.model_validate(event) for event in events]


def test_a_later_field_is_left_out(avro_events: ModuleType) -> None:
    """A field that the schema does not have yet is no error."""
    schema = avro_events.read_schema(SCHEMA)
    event = build_events()[0]
    binary = avro_events.encode({**event, "later": {"a": 1}}, schema)
    assert binary == avro_events.encode(event, schema)
