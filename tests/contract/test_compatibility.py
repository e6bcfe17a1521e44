"""The gate: an edit of a contract that breaks a consumer fails, and one that does not passes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.reference.compatibility import find_breaks
from services.reference.schemas import PUBLISHED, find_all_breaks, main, publish

SCHEMAS = Path(__file__).parents[2] / "schemas"
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
    "a new field": lambda s: s["properties"].update(story={"type": "string"}),
    "a new word": lambda s: s["$defs"]["Duplicate"]["properties"]["verdict"]["enum"].append("retracted"),
    "other words of description": lambda s: s["properties"]["id"].update(description="Another."),
    "a part of another name": lambda s: s["$defs"].update(
        Named=s["$defs"]["Entity"] | {"title": "Named"}, Entity=s["$defs"]["Entity"]
    ),
}


def test_nothing_promised_is_broken() -> None:
    """Today's contracts serve whoever was built on the published schemas."""
    assert find_all_breaks(SCHEMAS) == []


@pytest.mark.parametrize("expected", BREAKING)
def test_a_breaking_edit_is_found(expected: str) -> None:
    """A field that went, changed its type, or may be missing, and a word that went, break consumers."""
    edited = copy.deepcopy(ENRICHED)
    BREAKING[expected](edited)
    breaks = find_breaks(ENRICHED, edited, is_sent_to_us=False)
    assert breaks
    tail = expected.rsplit("/", 1)[-1].removeprefix("* ")
    assert any(tail in line for line in breaks)


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_edit_passes(name: str) -> None:
    """What a reader ignores breaks nobody."""
    edited = copy.deepcopy(ENRICHED)
    HARMLESS[name](edited)
    assert find_breaks(ENRICHED, edited, is_sent_to_us=False) == []


def test_senders_may_be_asked_for_nothing_more() -> None:
    """What others send us may get optional fields and take more, but no new required field."""
    stricter, wider = copy.deepcopy(RAW), copy.deepcopy(RAW)
    stricter["required"].append("url")
    wider["properties"]["content"]["type"] = ["string", "null"]
    assert find_breaks(RAW, stricter, is_sent_to_us=True) == ["/url is now required"]
    assert find_breaks(RAW, wider, is_sent_to_us=True) == []


def test_the_command_refuses_a_broken_promise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The check that CI runs, and publishing, fail on an incompatible contract and say what is wrong."""
    assert publish(tmp_path) == []
    path = tmp_path / PUBLISHED / "news.article.enriched.v1.json"
    promised = json.loads(path.read_text(encoding="utf-8"))
    promised["properties"]["stories"] = {"type": "array", "items": {"type": "string"}}
    path.write_text(json.dumps(promised), encoding="utf-8")
    assert main([str(tmp_path)]) == 1
    assert main(["--publish", str(tmp_path)]) == 1
    assert "news.article.enriched.v1: /stories is gone" in capsys.readouterr().err
