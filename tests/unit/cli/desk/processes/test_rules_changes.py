"""Lines of `copydesk up` about changed rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from services.cli.desk.processes.rules_changes import RulesChanges


def write(path: Path, *entries: Mapping[str, object], end: str = "\n") -> None:
    """Append log entries to a file."""
    with path.open("a") as file:
        file.write("\n".join(json.dumps(entry) for entry in entries) + end)


TAKEN = {
    "event": "rules_reloaded", "service": "sink", "file": "/r/mills.yaml", "rules": "0a1b", "earlier": "ffff",
    "added": ["mills", "rivers"], "removed": ["old"],
}  # fmt: skip
REJECTED = {"event": "rules_rejected", "error": "mills.yaml:4: whne: unknown\nmills.yaml:9: x", "rules": "0a1b"}


def test_changes_are_described_once(tmp_path: Path) -> None:
    """Reloaded and rejected rules are one text each, with a line for each error; a repeated rejection is one text."""
    log = tmp_path / "services.log"
    changes = RulesChanges(log)
    assert list(changes.read()) == []
    write(log, {"event": "article_routed", "service": "sink"}, TAKEN)
    assert list(changes.read()) == [
        "rules taken from /r/mills.yaml: version 0a1b; new routes: mills, rivers; gone routes: old"
    ]
    assert list(changes.read()) == []
    write(log, REJECTED, REJECTED)
    assert list(changes.read()) == [
        "rules rejected; the earlier rules, version 0a1b, stay in force:"
        "\n  mills.yaml:4: whne: unknown\n  mills.yaml:9: x"
    ]
    write(log, REJECTED, {**TAKEN, "added": [], "removed": []})
    assert list(changes.read()) == ["rules taken from /r/mills.yaml: version 0a1b"]


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    """A line that is still being written is read when it is whole; a line that is no JSON is ignored."""
    log = tmp_path / "services.log"
    changes = RulesChanges(log)
    log.write_text('not JSON "rules_reloaded"\n')
    write(log, TAKEN, end="")
    assert list(changes.read()) == []
    write(log, end="\n")
    assert len(list(changes.read())) == 1
