"""Description of a dashboard without Grafana: rows of panels, each with its queries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["lines", "stack", "shares", "stat", "bars", "table"]
"""Kind of a panel. `lines`: a line over time for each series. `stack`: stacked areas. `shares`: stacked areas that add
up to 100 %. `stat`: the last value in large digits. `bars`: a bar for each series. `table`: the series' labels."""

WINDOW = "$__rate_interval"
"""Placeholder that Grafana replaces by a duration with at least four scrapes in it."""
RANGE = "$__range"
"""Placeholder that Grafana replaces by the dashboard's time range."""

SCOPE = 'instance=~"$instance"'
"""Matcher of the chosen instances. The variables for namespace and service narrow the list of instances."""
SELECTOR = re.compile(r"(?<![\w:])((?:\w+:)?(?:copydesk|process)_\w+(?::\w+)?|up)\b(?![(:])(\{)?")
"""Name of a metric of a process in an expression, and the brace after it."""
QUANTILES = {0.5: "half of the articles", 0.95: "95 of 100", 0.99: "99 of 100"}
"""Words for the quantiles, as legends."""


@dataclass(frozen=True)
class Query:
    """A PromQL expression, and the legend of its series."""

    expression: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """One panel of a dashboard."""

    title: str
    queries: tuple[Query, ...]
    kind: Kind = "lines"
    unit: str = "short"
    """Unit of the values, as Grafana names it."""
    axis: str = ""
    """Name of the things that the values count, such as "articles per minute"; empty if the unit says it."""
    description: str = ""
    """Text that explains the panel to its reader."""
    width: int = 8
    """Width in columns; a dashboard has 24."""
    limits: tuple[tuple[float, str], ...] = ()
    """Lower bounds of values, each with the colour that is shown from there on."""

    @property
    def height(self) -> int:
        """Height in Grafana's rows of 30 pixels."""
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


def panel(title: str, expression: str, legend: str = "", **options: object) -> Panel:
    """Build a panel with one query. `options` are the other fields of Panel."""
    return Panel(title, (Query(expression, legend),), **options)  # type: ignore[arg-type]


def quantiles(
    metric: str, labels: str, selector: str = "", *, levels: tuple[float, ...] = (0.5, 0.95, 0.99)
) -> tuple[Query, ...]:
    """Build the queries for quantiles of a histogram over time. `labels` are the labels to group by, with commas."""
    by = f"le, {labels}" if labels else "le"
    legend = " ".join(f"{{{{{label.strip()}}}}}" for label in labels.split(",")) if labels else ""
    return tuple(
        Query(
            f"histogram_quantile({level:g}, sum by ({by}) (rate({metric}_bucket{selector}[{WINDOW}])))",
            legend or QUANTILES[level],
        )
        for level in levels
    )


def restrict(expression: str) -> str:
    """Return an expression that reads only the chosen instances. Alerts have no instance and are unchanged."""
    return SELECTOR.sub(lambda found: f"{found[1]}{{{SCOPE}{', ' if found[2] else '}'}", expression)
