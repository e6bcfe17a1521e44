"""Pictures of the dashboards with the data of a running Prometheus, drawn without Grafana.

Each panel has the place that Grafana gives it.
"""

from __future__ import annotations

import json
import time
from datetime import datetime
from io import BytesIO
from math import isnan
from pathlib import Path
from typing import Any

import httpx
import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from PIL import Image

from services.reference.dashboards import builder
from services.reference.dashboards.colours import GREY, PALETTE

FOLDER = Path("docs", "dashboards")
COLUMNS, INCHES_A_COLUMN, INCHES_A_ROW = 24, 0.62, 0.34
"""Grafana's grid, and the size of one cell in the picture."""
POINTS = 240
"""Points of one line: about one for each two pixels of a panel that is a third of the page wide."""
PANELS = FOLDER / "panels.json"
"""File with the titles of the panels on the pictures, by dashboard. A test compares it with the dashboards."""
COLOURS = PALETTE + plt.get_cmap("tab20b").colors  # type: ignore[attr-defined]
NAMED_COLOURS = {"green": "#1a7f37", "orange": "#bc4c00", "red": "#cf222e"}
SHADES = 96
"""Colours in the picture's palette: the file is a third as large, and looks the same."""
CROWD = 6
"""Maximum number of series with the legend below the panel; with more, the legend is inside the panel, and the scale
leaves room for it."""
LEGEND_COLUMNS = 4
THOUSAND = 1_000
"""Minimum number that is shown with separators and without its unit."""
SUFFIXES = {"s": " s", "percentunit": " %", "ops": "/s"}

Series = list[tuple[str, list[float], list[float]]]
"""Name, times in seconds since the epoch, and values of each series."""


class PrometheusClient:
    """Client of Prometheus for one time range, which ends now."""

    def __init__(self, address: str, minutes: float, window: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=60)
        self.end = time.time()
        self.start = self.end - minutes * 60
        self._variables = {"$__rate_interval": window, "$__range": f"{minutes * 60:.0f}s", "$instance": ".*"}

    def ask(self, target: dict[str, Any]) -> Series:
        """Return the series of one query. Raises httpx.HTTPError if Prometheus cannot answer it."""
        expression = target["expr"]
        for name, duration in self._variables.items():
            expression = expression.replace(name, duration)
        if target.get("instant"):
            parameters = {"query": expression, "time": self.end}
            found = self._client.get("/api/v1/query", params=parameters).raise_for_status().json()["data"]["result"]
            return [(_format_legend(target, one["metric"]), [self.end], [float(one["value"][1])]) for one in found]
        step = (self.end - self.start) / POINTS
        parameters = {"query": expression, "start": self.start, "end": self.end, "step": step}
        found = self._client.get("/api/v1/query_range", params=parameters).raise_for_status().json()["data"]["result"]
        return [
            (
                _format_legend(target, one["metric"]),
                [float(at) for at, _ in one["values"]],
                [float(v) for _, v in one["values"]],
            )
            for one in found
        ]


def _format_legend(target: dict[str, Any], labels: dict[str, str]) -> str:
    legend: str = target.get("legendFormat", "")
    if legend == "__auto":
        return "  ".join(value[:12] for name, value in sorted(labels.items()) if name != "__name__")
    for label, value in labels.items():
        legend = legend.replace(f"{{{{{label}}}}}", value)
    return legend


def format_value(value: float, unit: str) -> str:
    """Return a number as Grafana would write it."""
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit == "bytes":
        return f"{value / 2**20:.0f} MiB"
    if unit == "s" and 0 < value < 1:
        return f"{value * 1000:.3g} ms"
    return f"{value:.3g}{SUFFIXES.get(unit, '')}" if value < THOUSAND else f"{value:,.0f}"


def draw(dashboard: dict[str, Any], client: PrometheusClient, picture: Path) -> list[str]:
    """Write the picture of one dashboard; return the titles of the panels without data."""
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
    figure = plt.figure(figsize=(COLUMNS * INCHES_A_COLUMN, rows * INCHES_A_ROW + 0.6), dpi=80)
    height = rows + 0.6 / INCHES_A_ROW
    figure.text(0.008, 1 - 0.9 / height, dashboard["title"], fontsize=15, fontweight="bold", va="center")
    empty = []
    for panel in dashboard["panels"]:
        x, y, w, h = (panel["gridPos"][key] for key in "xywh")
        top = 1 - (y + 0.6 / INCHES_A_ROW) / height
        if panel["type"] == "row":
            figure.text(0.008, top - 0.5 / height, panel["title"], fontsize=11, color="#57606a", va="center")
            continue
        series = [one for query in panel["targets"] for one in client.ask(query)]
        legend_rows = 0 if panel["type"] in ("stat", "table") else 1
        box = (
            (x + 1.0) / COLUMNS, top - (h - 0.9 - 0.6 * legend_rows) / height,
            (w - 1.3) / COLUMNS, (h - 2.3 - 0.6 * legend_rows) / height,
        )  # fmt: skip
        axes = figure.add_axes(box)
        axes.set_title(panel["title"], fontsize=9, loc="left", pad=4)
        if not series:
            empty.append(panel["title"])
            axes.axis("off")
            axes.text(0.5, 0.5, "none", transform=axes.transAxes, fontsize=9, color=GREY, ha="center")
            continue
        DRAWERS[panel["type"]](axes, panel, series, client)
    drawn = BytesIO()
    figure.savefig(drawn)
    plt.close(figure)
    Image.open(drawn).convert("RGB").quantize(SHADES).save(picture, optimize=True)
    return empty


def _unit(panel: dict[str, Any]) -> str:
    unit: str = panel["fieldConfig"]["defaults"].get("unit", "short")
    return unit


def _draw_lines(axes: Axes, panel: dict[str, Any], series: Series, client: PrometheusClient) -> None:
    custom = panel["fieldConfig"]["defaults"].get("custom", {})
    axes.set_ylabel(custom.get("axisLabel", ""), fontsize=7, labelpad=1)
    fixed = _read_colours(panel)
    stacking = custom.get("stacking", {}).get("mode", "none")
    ranks = {name: rank for rank, name in enumerate(fixed)}
    series = sorted(series, key=lambda one: (ranks.get(one[0], 0), -sum(each for each in one[2] if not isnan(each))))
    if stacking == "none":
        for (name, times, values), colour in zip(series, COLOURS * 3, strict=False):
            axes.plot(_to_dates(times), values, label=name, color=fixed.get(name, colour), linewidth=1.2)
    else:
        _draw_stack(axes, series, fixed, shares=stacking == "percent")
    unit = "percentunit" if stacking == "percent" else _unit(panel)
    axes.yaxis.set_major_formatter(lambda value, _: format_value(value, unit))
    highest = axes.get_ylim()[1] if any(value for _, _, values in series for value in values if not isnan(value)) else 1
    crowded = len(series) > CROWD
    axes.set_ylim(0, 1 if stacking == "percent" else highest * (1.7 if crowded else 1))
    axes.set_xlim(*_to_dates([client.start, client.end]))
    locator = AutoDateLocator(maxticks=max(3, panel["gridPos"]["w"] // 2 + 1))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))  # type: ignore[no-untyped-call]
    axes.tick_params(labelsize=7)
    axes.grid(alpha=0.25)
    if series:
        place = {"loc": "upper left"} if crowded else {"loc": "upper left", "bbox_to_anchor": (-0.02, -0.1)}
        axes.legend(
            **place,
            ncols=LEGEND_COLUMNS,
            fontsize=6,
            frameon=False,
            handlelength=1,
            columnspacing=1,
            labelspacing=0.2,
        )


def _read_colours(panel: dict[str, Any]) -> dict[str, str]:
    """Return the colours that the panel fixes, by the name of the series."""
    return {
        override["matcher"]["options"]: override["properties"][0]["value"]["fixedColor"]
        for override in panel["fieldConfig"].get("overrides", ())
    }


def _draw_stack(axes: Axes, series: Series, fixed: dict[str, str], *, shares: bool) -> None:
    times = sorted({at for _, moments, _ in series for at in moments})
    columns = [dict(zip(moments, values, strict=True)) for _, moments, values in series]
    table = [[column.get(at, 0.0) for at in times] for column in columns]
    if shares:
        totals = [sum(row[number] for row in table) or 1.0 for number, _ in enumerate(times)]
        table = [[value / total for value, total in zip(row, totals, strict=True)] for row in table]
    if table:
        names = [name for name, _, _ in series]
        colours = [fixed.get(name, colour) for name, colour in zip(names, COLOURS * 3, strict=False)]
        axes.stackplot(_to_dates(times), table, labels=names, colors=colours, alpha=0.75)


def _draw_stat(axes: Axes, panel: dict[str, Any], series: Series, _: PrometheusClient) -> None:
    axes.axis("off")
    value = series[0][2][-1] if series else float("nan")
    colour = "#1f2328"
    steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", ())
    for step in steps:
        if value >= (step.get("value") or float("-inf")):
            colour = NAMED_COLOURS.get(step["color"], colour)
    axes.text(0.0, 0.4, format_value(value, _unit(panel)), fontsize=21, color=colour, va="center")


def _draw_bars(axes: Axes, panel: dict[str, Any], series: Series, _: PrometheusClient) -> None:
    series = sorted(series, key=lambda one: one[2][-1])[-10:]
    names, values = [name for name, _, _ in series], [values[-1] for _, _, values in series]
    axes.barh(range(len(names)), values, color=COLOURS[0], height=0.6)
    axes.set_yticks([])
    axes.set_xlim(0, max([*values, 1]) * 1.05)
    axes.tick_params(labelsize=7)
    for number, (name, value) in enumerate(zip(names, values, strict=True)):
        axes.text(0, number + 0.32, f"{name}   {format_value(value, _unit(panel))}", fontsize=7, va="bottom")
    axes.set_ylim(-0.6, len(names) - 0.1 if names else 1)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _draw_table(axes: Axes, _: dict[str, Any], series: Series, __: PrometheusClient) -> None:
    axes.axis("off")
    for number, (name, _times, values) in enumerate(sorted(series)[:8]):
        axes.text(0, 0.95 - number * 0.13, f"{name}   x {values[-1]:.0f}", fontsize=8, family="monospace", va="top")


DRAWERS = {"timeseries": _draw_lines, "stat": _draw_stat, "bargauge": _draw_bars, "table": _draw_table}


def _to_dates(times: list[float]) -> list[float]:
    """Return times, in seconds since the epoch, as matplotlib's dates in local time."""
    dates: list[float] = date2num([datetime.fromtimestamp(at) for at in times]).tolist()  # type: ignore[no-untyped-call]
    return dates


def draw_all(root: Path, prometheus: str, minutes: float, window: str) -> dict[str, list[str]]:
    """Draw every generated dashboard into docs/dashboards/; return the titles of panels without data by dashboard.

    `minutes` is the length of the time range, `window` the value of `$__rate_interval`, at least four scrapes.
    Raises httpx.HTTPError if Prometheus cannot answer a query.
    """
    mpl.use("Agg")
    client = PrometheusClient(prometheus, minutes, window)
    empty, drawn = {}, {}
    for path, content in builder.build_files().items():
        dashboard = json.loads(content)
        empty[path.stem] = draw(dashboard, client, root / FOLDER / f"{path.stem}.png")
        drawn[path.stem] = list_titles(dashboard)
    (root / PANELS).write_text(json.dumps(drawn, indent=1) + "\n", encoding="utf-8")
    return empty


def list_titles(dashboard: dict[str, Any]) -> list[str]:
    """Return the titles of a dashboard's rows and panels in their order."""
    return [panel["title"] for panel in dashboard["panels"]]
