"""docs/settings.md and docs/metrics.md are what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.reference.tables import FILES, SERVICES, describe_settings
from services.runtime.service.settings import SECTIONS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", sorted(FILES))
def test_reference_is_current(name: str) -> None:
    """Each generated reference equals what the classes say now; `make reference` writes it."""
    assert (DOCS / name).read_text(encoding="utf-8") == FILES[name]()


def test_every_setting_is_documented() -> None:
    """No row of the settings' table is without a meaning."""
    rows = [line for line in describe_settings().splitlines() if line.startswith("| `COPYDESK_")]
    assert rows
    assert [row for row in rows if row.rstrip().endswith("|  |")] == []


def test_no_service_reads_an_unknown_section() -> None:
    """The closed list of sections names all that any service reads."""
    assert {name for settings in SERVICES.values() for name in settings.model_fields} <= SECTIONS
