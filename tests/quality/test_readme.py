"""The README's example event is what the code makes of the demo's sample."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.cli.articles.enrich import build_enricher
from services.cli.articles.reading import SAMPLES
from services.contracts.raw import RawArticle

ROOT = Path(__file__).parents[2]
SAMPLE = SAMPLES / "02-quarterly-results.html"
CUT = " ..."
"""Ends a text that the README shortens."""

pytestmark = pytest.mark.weights


def test_the_example_is_a_part_of_the_event() -> None:
    """Every value that the README shows is in the event of the sample, shortened texts aside."""
    (example,) = re.findall(r"```json\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    raw = RawArticle(content=SAMPLE.read_text(encoding="utf-8"), content_type="text/html")
    event = build_enricher().enrich(raw, datetime(2026, 11, 30, tzinfo=UTC))
    assert find_differences(json.loads(example), json.loads(event.to_bytes())) == []


def find_differences(shown: Any, real: Any, path: str = "") -> list[str]:
    """List the paths at which the example has a value that the event lacks."""
    if isinstance(shown, dict):
        return [
            difference
            for name, value in shown.items()
            for difference in find_differences(
                value, real.get(name) if isinstance(real, dict) else None, f"{path}/{name}"
            )
        ]
    if isinstance(shown, list):
        found = all(any(not find_differences(item, other) for other in real or ()) for item in shown)
        return [] if found and bool(shown) == bool(real) else [path]
    if isinstance(shown, str) and shown.endswith(CUT):
        return [] if isinstance(real, str) and real.startswith(shown.removesuffix(CUT)) else [path]
    return [] if shown == real else [path]
