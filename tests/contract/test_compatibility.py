"""The compatibility gate: an edit of a contract fails when it breaks a consumer, and passes otherwise."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.reference.__main__ import app
from services.reference.compatibility import find_breaks
from services.reference.schemas import PUBLISHED, find_all_breaks, publish
from tests.support.repository import ROOT

SCHEMAS = ROOT / "schemas"
ENRICHED = json.loads((SCHEMAS / "news.article.enriched.v1.json").read_text(encoding="utf-8"))
RAW = json.loads((SCHEMAS / "news.article.raw.v1.json").read_text(encoding="utf-8"))

Edit = Callable[[dict[str, Any]], Any]

BREAKING: dict[str, Edit] = {
    "/entities/* was number and is string": lambda s: s["$defs"]["Entity"]["properties"]["salience"].update(
        type="string"
    ),
    "/article/headline is gone": lambda s: s["$defs"]["Article"]["properties"].pop("headline"),
    "/id may now be missing": lambda s: s["required"].remove("id"),
    "was string and is null or string": lambda s: s["$defs"]["Article"]["properties"].update(
        body={"anyOf": [{"type": "string"}, {"type": "null"}]}
    ),
    "no longer knows": lambda s: s["$defs"]["Sentiment"]["properties"]["polarity"]["enum"].remove("neutral"),
}

HARMLESS: dict[str, Edit] = {
    "a new field": lambda s: s["properties"].update(later={"type": "string"}),
    "a new word": lambda s: s["$defs"]["Duplicate"]["properties"]["verdict"]["enum"].append("retracted"),
    "other words of description": lambda s: s["properties"]["id"].update(description="Another."),
    "a part of another name": lambda s: s["$defs"].update(
        Named=s["$defs"]["Entity"] | {"title": "Named"}, Entity=s["$defs"]["Entity"]
    ),
}


def test_current_contracts_break_no_consumer() -> None:
    """The current contracts break no consumer of the published schemas."""
    assert find_all_breaks(ROOT) == []


@pytest.mark.parametrize("expected", BREAKING)
def test_a_breaking_edit_is_found(expected: str) -> None:
    """A removed field, a changed type, a field that may now be missing, and a removed word break consumers."""
    edited = copy.deepcopy(ENRICHED)
    BREAKING[expected](edited)
    breaks = find_breaks(ENRICHED, edited, is_sent_to_us=False)
    assert breaks
    tail = expected.rsplit("/", 1)[-1].removeprefix("* ")
    assert any(tail in line for line in breaks)


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_edit_passes(name: str) -> None:
    """A change that every reader ignores breaks no consumer."""
    edited = copy.deepcopy(ENRICHED)
    HARMLESS[name](edited)
    assert find_breaks(ENRICHED, edited, is_sent_to_us=False) == []


def test_a_new_required_field_breaks_senders() -> None:
    """An event that others send may accept more types, but a field that is now required is a break."""
    stricter, wider = copy.deepcopy(RAW), copy.deepcopy(RAW)
    stricter["required"].append("url")
    wider["properties"]["content"]["type"] = ["string", "null"]
    assert find_breaks(RAW, stricter, is_sent_to_us=True) == ["/url is now required"]
    assert find_breaks(RAW, wider, is_sent_to_us=True) == []


def test_the_command_rejects_an_incompatible_contract(tmp_path: Path) -> None:
    """Generating and publishing fail on an incompatible contract and name the break."""
    assert publish(tmp_path) == []
    path = tmp_path / PUBLISHED / "news.article.enriched.v1.json"
    promised = json.loads(path.read_text(encoding="utf-8"))
    promised["properties"]["stories"] = {"type": "array", "items": {"type": "string"}}
    path.write_text(json.dumps(promised), encoding="utf-8")
    for command in ("schemas", "publish"):
        done = CliRunner().invoke(app, ["--root", str(tmp_path), command])
        assert done.exit_code == 1
        assert "news.article.enriched.v1: /stories is gone" in done.stderr
