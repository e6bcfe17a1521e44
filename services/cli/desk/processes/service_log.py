"""Reason why a service ended, from the log that all services of a desk share."""

from __future__ import annotations

import json
from pathlib import Path

ERROR_LEVELS = ("error", "critical")


def find_reason(log: Path, service: str) -> str:
    """Return the last error that a service logged, in words; empty if it logged none.

    A wrong setting is one line of text, because it is found before the log is set up.
    """
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    for line in reversed(lines):
        try:
            entry = json.loads(line)
        except ValueError:
            # A line of a traceback begins with a space.
            if line.strip() and not line.startswith((" ", "Traceback")):
                return line.strip()
            continue
        if isinstance(entry, dict) and entry.get("service") == service and entry.get("level") in ERROR_LEVELS:
            return str(entry.get("error") or entry.get("why") or entry.get("event"))
    return ""
