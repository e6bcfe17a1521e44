"""Parts of a dashboard around its panels: variables, annotations and links."""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as models

from services.reference.dashboards.panels import restrict

SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
RUNBOOK = "docs/runbook.md"
"""Value of the variable for the runbook, until an operator enters the address of a copy that a browser can open."""
VARIABLES = (
    ("namespace", "Namespace", "label_values(copydesk_build_info, namespace)", ".*"),
    ("service", "Service", 'label_values(copydesk_build_info{namespace=~"$namespace"}, service)', ".*"),
    (
        "instance",
        "Instance",
        'label_values(copydesk_build_info{namespace=~"$namespace", service=~"$service"}, instance)',
        None,
    ),
)
"""Name, label, query and the value of "All" of each variable. A scrape outside Kubernetes has no namespace, so that
"All" must match a missing label. "All" instances are the instances of the chosen services, because the panels
filter by instance alone."""
RELEASE = "count by (service, version) (copydesk_build_info)"
ANNOTATIONS = (
    {
        "name": "Alerts",
        "expr": 'count by (alertname, stage, severity) (ALERTS{alertstate="firing"})',
        "titleFormat": "{{alertname}}",
        "textFormat": "{{severity}} {{stage}}",
        "iconColor": "red",
    },
    {
        "name": "Releases",
        "expr": restrict(f"{RELEASE} unless {RELEASE.replace('build_info', 'build_info offset 2m')}"),
        "titleFormat": "{{service}} {{version}}",
        "textFormat": "A new version began to run.",
        "iconColor": "blue",
    },
)
"""Events that are drawn as vertical lines on all panels, as Prometheus' data source reads them."""


def add_surroundings(board: dashboard.Dashboard) -> dashboard.Dashboard:
    """Add the variables and the links."""
    board = board.with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    for name, label, query, all_value in VARIABLES:
        variable = dashboard.QueryVariable(name).label(label).datasource(SOURCE).query({"query": query, "refId": name})
        variable = variable.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED).multi(True).include_all(True)
        variable = variable.current(models.VariableOption(selected=True, text=["All"], value=["$__all"]))
        board = board.with_variable(variable.all_value(all_value) if all_value else variable)
    runbook = dashboard.TextBoxVariable("runbook").label("Address of the runbook").default_value(RUNBOOK)
    board = board.with_variable(runbook)
    boards = dashboard.DashboardLink("Copydesk's boards").type(models.DashboardLinkType.DASHBOARDS).tags(["copydesk"])
    manual = dashboard.DashboardLink("Runbook").type(models.DashboardLinkType.LINK).url("${runbook}").target_blank(True)
    return board.link(boards.keep_time(True).include_vars(True)).link(manual.icon("doc"))


def list_annotations() -> list[dict[str, Any]]:
    """Return the annotations as Grafana imports them. The library's type lacks the fields of Prometheus."""
    source = {"type": SOURCE.type_val, "uid": SOURCE.uid}
    return [{"datasource": source, "enable": True, "hide": False, "step": "60s", **each} for each in ANNOTATIONS]
