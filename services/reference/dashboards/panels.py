"""What a dashboard consists of, apart from Grafana: rows of panels, each with its queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["lines", "stack", "shares", "stat", "bars", "table"]
"""lines over time; stack: areas upon each other; shares: the same, of 100 %; stat: the last value, large; bars: one a
series; table: the series' labels."""

WINDOW = "$__rate_interval"
"""Grafana puts a duration in that always holds four scrapes."""
RANGE = "$__range"
"""Grafana puts the dashboard's time range in."""


@dataclass(frozen=True)
class Query:
    """An expression, and what its series are called."""

    expression: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """One panel. `unit` is Grafana's name of it; `description` tells what to make of it."""

    title: str
    queries: tuple[Query, ...]
    kind: Kind = "lines"
    unit: str = "short"
    description: str = ""
    width: int = 8
    """Of 24 columns."""
    limits: tuple[tuple[float, str], ...] = ()
    """From which value on which colour is shown."""
    maximum: float | None = None
    """Where the scale ends, for what cannot be more."""

    @property
    def height(self) -> int:
        """In Grafana's rows of 30 pixels."""
        return 4 if self.kind == "stat" else 8


@dataclass(frozen=True)
class Row:
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Board:
    """A dashboard."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]


def one(title: str, expression: str, legend: str = "", **options: object) -> Panel:
    """A panel with one query."""
    return Panel(title, (Query(expression, legend),), **options)  # type: ignore[arg-type]


def quantiles(
    metric: str, labels: str, selector: str = "", *, levels: tuple[float, ...] = (0.5, 0.95, 0.99)
) -> tuple[Query, ...]:
    """Quantiles of a histogram over time, by the named labels."""
    by = f"le, {labels}" if labels else "le"
    legend = " ".join(f"{{{{{label.strip()}}}}}" for label in labels.split(",")) if labels else ""
    return tuple(
        Query(
            f"histogram_quantile({level:g}, sum by ({by}) (rate({metric}_bucket{selector}[{WINDOW}])))",
            f"{legend} p{level * 100:g}".strip(),
        )
        for level in levels
    )
