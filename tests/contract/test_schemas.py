"""schemas/ is what the contracts say, and what was once published is still read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.reference.schemas import MODELS, build_schemas, main

SCHEMAS = Path(__file__).parents[2] / "schemas"
EXAMPLES = sorted((SCHEMAS / "examples").rglob("*.json"))


@pytest.mark.parametrize("name", sorted(build_schemas()))
def test_generated_file_is_current(name: str) -> None:
    """Each generated file equals what the models give now; `make reference` writes it."""
    assert (SCHEMAS / name).read_text(encoding="utf-8") == build_schemas()[name]


def test_check_notices_a_stale_file(tmp_path: Path) -> None:
    """--check fails on a folder whose files differ, and writes nothing there."""
    main([str(tmp_path)])
    stale = tmp_path / "news.article.raw.v1.json"
    stale.write_text("{}")
    assert main([str(tmp_path), "--check"]) == 1
    assert stale.read_text() == "{}"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_golden_example_is_read_and_written_alike(path: Path) -> None:
    """A golden example, once published, is decoded by today's model and loses none of its fields."""
    model = MODELS[path.parent.name]
    golden = json.loads(path.read_text(encoding="utf-8"))
    written = json.loads(model.model_validate(golden).to_bytes())
    assert find_lost(golden, written) == []


def find_lost(golden: object, written: object, place: str = "") -> list[str]:
    """Where `written` lacks a value of `golden`, at any depth."""
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
    """The events that others build on have a golden example each."""
    assert {path.parent.name for path in EXAMPLES} >= {"news.article.raw.v1", "news.article.enriched.v1"}


@pytest.mark.parametrize("event_type", sorted(MODELS))
def test_every_field_is_documented(event_type: str) -> None:
    """No property of a published schema is without a description or a type that is described."""
    schema = json.loads(build_schemas()[f"{event_type}.json"])
    models = {event_type: schema, **schema.get("$defs", {})}
    silent = [
        f"{name}.{field}"
        for name, model in models.items()
        for field, content in model.get("properties", {}).items()
        if "description" not in content
    ]
    assert silent == []
