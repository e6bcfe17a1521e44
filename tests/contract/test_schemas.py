"""Events that were published once are still read by the current models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.reference.schemas import FOLDER, MODELS, build_files

SCHEMAS = Path(__file__).parents[2] / "schemas"
EXAMPLES = sorted((SCHEMAS / "examples").rglob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_golden_example_is_read_and_written_alike(path: Path) -> None:
    """The current model decodes a golden example, which was published once, and keeps every field."""
    model = MODELS[path.parent.name]
    golden = json.loads(path.read_text(encoding="utf-8"))
    written = json.loads(model.model_validate(golden).to_bytes())
    assert find_lost(golden, written) == []


def find_lost(golden: object, written: object, place: str = "") -> list[str]:
    """List the places, at any depth, where `written` lacks a value of `golden`."""
    if isinstance(golden, dict) and isinstance(written, dict):
        return [
            lost
            for name, value in golden.items()
            for lost in (find_lost(value, written[name], f"{place}.{name}") if name in written else [f"{place}.{name}"])
        ]
    if isinstance(golden, list) and isinstance(written, list) and len(golden) == len(written):
        pairs = enumerate(zip(golden, written, strict=True))
        return [lost for index, (a, b) in pairs for lost in find_lost(a, b, f"{place}[{index}]")]
    return [] if golden == written else [place]


def test_examples_exist_for_the_public_events() -> None:
    """Each event that consumers rely on has a golden example."""
    assert {path.parent.name for path in EXAMPLES} >= {"news.article.raw.v1", "news.article.enriched.v1"}


@pytest.mark.parametrize("event_type", sorted(MODELS))
def test_every_field_is_documented(event_type: str) -> None:
    """Every property of every schema has a description."""
    schema = json.loads(build_files()[FOLDER / f"{event_type}.json"])
    models = {event_type: schema, **schema.get("$defs", {})}
    silent = [
        f"{name}.{field}"
        for name, model in models.items()
        for field, content in model.get("properties", {}).items()
        if "description" not in content
    ]
    assert silent == []
