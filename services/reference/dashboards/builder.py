"""Builder of the dashboards' JSON, with Grafana's own builder library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as models

from services.contracts.event import EntityType, Polarity, Verdict
from services.outcomes import Outcome, Stage
from services.processor.match.metrics import LANGUAGES, OTHER_LANGUAGE
from services.reference.dashboards.colours import BY_SERIES
from services.reference.dashboards.desk_board import DESK
from services.reference.dashboards.operator_board import OPERATOR
from services.reference.dashboards.panels import Board, Panel, Query, restrict
from services.reference.dashboards.surroundings import SOURCE, add_surroundings, list_annotations
from services.reference.files import Files

FOLDER = Path("deploy", "grafana", "dashboards")
KUBERNETES = Path("deploy", "kubernetes", "components", "dashboards")
BOARDS = (DESK, OPERATOR)
VALUES = {
    "polarity": get_args(Polarity),
    "verdict": get_args(Verdict),
    "type": get_args(EntityType),
    "language": (*sorted(LANGUAGES), OTHER_LANGUAGE),
    "outcome": tuple(outcome.value for outcome in Outcome if outcome.value in BY_SERIES),
    "stage": tuple(stage.value for stage in Stage),
    "service": tuple(stage.value for stage in Stage),
}
"""Values with a colour of their own, by their label. They are coloured if the legend is this label alone."""
FILL = 30
"""Opacity of stacked areas, in per cent: the lines between them stay visible."""


def build_board(board: Board) -> str:
    """Return a dashboard as the JSON that Grafana imports."""
    built = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags(["copydesk"])
        .refresh("30s")
        .time("now-1h", "now")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
    )
    built = add_surroundings(built)
    for row in board.rows:
        built = built.with_row(dashboard.Row(row.title))
        for panel in row.panels:
            built = built.with_panel(build_panel(panel))
    document = json.loads(JSONEncoder(sort_keys=True).encode(built.build()))
    document["annotations"] = {"list": list_annotations()}
    for number, panel in enumerate(document["panels"], start=1):
        panel["id"] = number
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def build_panel(panel: Panel) -> Any:
    """Return one panel as the library's builder."""
    makers = {"stat": _make_stat, "bars": _make_bars, "table": _make_table}
    built: Any = makers.get(panel.kind, _make_lines)(panel)
    built = built.title(panel.title).description(panel.description).unit(panel.unit).datasource(SOURCE)
    built = built.span(panel.width).height(panel.height)
    if panel.limits:
        steps = [models.Threshold(value=value or None, color=colour) for value, colour in panel.limits]
        built = built.thresholds(dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps))
    for series in list_coloured(panel):
        colour = {"mode": "fixed", "fixedColor": BY_SERIES[series]}
        built = built.override_by_name(series, [models.DynamicConfigValue(id_val="color", value=colour)])
    for number, query in enumerate(panel.queries):
        built = built.with_target(_make_query(query, chr(ord("A") + number), is_instant=panel.kind in makers))
    return built


def list_coloured(panel: Panel) -> list[str]:
    """Return the names of a panel's series that have a colour of their own: values of a label, or fixed texts."""
    legends = {query.legend for query in panel.queries}
    if panel.kind in ("lines", "stack", "shares") and legends & {f"{{{{{label}}}}}" for label in VALUES}:
        return [value for label, values in VALUES.items() if f"{{{{{label}}}}}" in legends for value in values]
    return [legend for legend in BY_SERIES if legend in legends]


def _make_query(query: Query, ref_id: str, *, is_instant: bool) -> prometheus.Dataquery:
    made = (
        prometheus.Dataquery().expr(restrict(query.expression)).legend_format(query.legend or "__auto").ref_id(ref_id)
    )
    return made.instant() if is_instant else made.range()


def _make_lines(panel: Panel) -> timeseries.Panel:
    legend = common.VizLegendOptions().show_legend(True).placement(options.LegendPlacement.BOTTOM)
    legend = legend.display_mode(options.LegendDisplayMode.LIST)
    made = timeseries.Panel().legend(legend).min(0).show_points(options.VisibilityMode.NEVER).axis_label(panel.axis)
    made = made.tooltip(common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI))
    if panel.kind in ("stack", "shares"):
        mode = options.StackingMode.NORMAL if panel.kind == "stack" else options.StackingMode.PERCENT
        made = made.stacking(common.StackingConfig().mode(mode).group("A")).fill_opacity(FILL)
    return made


def _make_stat(_: Panel) -> stat.Panel:
    return stat.Panel().graph_mode(options.BigValueGraphMode.NONE).reduce_options(_last())


def _make_bars(_: Panel) -> bargauge.Panel:
    made = bargauge.Panel().orientation(options.VizOrientation.HORIZONTAL).reduce_options(_last()).min(0)
    return made.display_mode(options.BarGaugeDisplayMode.BASIC)


def _make_table(_: Panel) -> table.Panel:
    labels_to_fields = models.DataTransformerConfig(id_val="labelsToFields", options={"mode": "columns"})
    return table.Panel().transformations([labels_to_fields])


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def build_files() -> Files:
    """Return one file for each dashboard, and its copy for Kubernetes: kustomize reads no file outside its folder."""
    boards = {f"{board.uid.removeprefix('copydesk-')}.json": build_board(board) for board in BOARDS}
    return {folder / name: board for name, board in boards.items() for folder in (FOLDER, KUBERNETES)}
