"""The shipped rules and dashboards as values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.monitoring_tools import ROOT, RULES
from tests.support.promql import Reader

RUNBOOK = ROOT / "docs" / "runbook.md"
DASHBOARDS = ROOT / "deploy" / "grafana" / "dashboards"
FED_BY_FAULTS = {"Dead letters by reason", "Refused or put off", "Refused or put off at ingest"}
"""Panels that are empty while nothing is wrong."""
PLACEHOLDERS = {"$__rate_interval": "5m", "$__range": "1h", "$instance": ".*"}
"""Values for Grafana's variables."""


@dataclass(frozen=True)
class Alert:
    """An alerting rule."""

    name: str
    expression: str
    labels: dict[str, str]
    annotations: dict[str, str]


@dataclass(frozen=True)
class Query:
    """One query of one panel."""

    dashboard: str
    panel: str
    expression: str
    legend: str


def list_rules() -> Iterator[dict[str, Any]]:
    """Yield every rule, the recording rules first."""
    rules = [
        rule
        for file in sorted(RULES.glob("*.yml"))
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]
    return iter(sorted(rules, key=lambda rule: "alert" in rule))


def list_alerts() -> list[Alert]:
    """Return every alerting rule."""
    return [
        Alert(rule["alert"], rule["expr"], rule["labels"], rule["annotations"])
        for rule in list_rules()
        if "alert" in rule
    ]


def list_queries() -> list[Query]:
    """Return every query of every dashboard."""
    return [
        Query(dashboard["title"], panel["title"], target["expr"], target.get("legendFormat", ""))
        for file in sorted(DASHBOARDS.glob("*.json"))
        for dashboard in [json.loads(file.read_text(encoding="utf-8"))]
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    ]


def open_reader() -> Reader:
    """Open a reader that knows the recorded metrics."""
    reader = Reader()
    for rule in list_rules():
        if "record" in rule:
            reader.record(rule["record"], rule["expr"])
    return reader


def list_anchors(page: Path) -> set[str]:
    """Return the anchors of the headings as code hosts make them: lower case, hyphens for spaces, no punctuation."""
    headings = re.findall(r"^#+ +(.+?) *$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def read_entry(page: Path, heading: str) -> str:
    """Return the text below a heading, up to the next heading of any level."""
    found = re.search(rf"^#+ +{re.escape(heading)} *$(.*?)(?=^#|\Z)", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


def put_in(expression: str) -> str:
    """Replace Grafana's variables in an expression by durations."""
    for name, duration in PLACEHOLDERS.items():
        expression = expression.replace(name, duration)
    return expression
