"""Lines about the progress of long work."""

from __future__ import annotations

from datetime import datetime

from services.cli.console.eta import EtaLines


def test_the_end_is_counted_from_the_work_of_this_run() -> None:
    """Rate and end depend on what this run did, and not on what an earlier run had done."""
    times = iter([0.0, 1.0, 10.0, 10.0])
    lines: list[str] = []
    eta = EtaLines(
        "work",
        1_000,
        lines.append,
        clock=lambda: next(times),
        now=lambda: datetime(2026, 5, 1, 12),
    )
    eta.update(500)
    eta.update(600, note="5 rejected")
    assert lines == ["work: 600 of 1,000 (60%), 10/s, ends about 12:00:40; 5 rejected"]


def test_an_end_of_another_day_has_its_date() -> None:
    """An end that is not today is shown with its day, and none is shown if there is no rate or no total."""
    now = datetime(2026, 5, 1, 12)
    times = iter([0.0, 0.0, 100.0, 100.0])
    eta = EtaLines("work", 10**6, lambda _: None, clock=lambda: next(times), now=lambda: now)
    eta.update(0)
    assert eta.describe(100) == "work: 100 of 1,000,000 (0%), 1/s, ends about 2026-05-13 01:45"
    assert "ends" not in EtaLines("work", 5, lambda _: None, clock=lambda: 0.0).describe(0)
    assert EtaLines("work", None, lambda _: None, clock=lambda: 0.0).describe(0) == "work: 0, 0/s"
