"""The shipped rules: they read metrics that exist, and each alert fires only when it should."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.contracts import topics
from services.reference.tables import list_metrics
from tests.monitoring.faults import SCENARIOS
from tests.monitoring.scenarios import Scenario, describe_healthy, ended, steps, target
from tests.support.monitoring_files import (
    RUNBOOK,
    Alert,
    list_alerts,
    list_anchors,
    list_rules,
    open_reader,
    read_entry,
)
from tests.support.monitoring_tools import PROMETHEUS, ROOT, RULES, run_tool
from tests.support.promql import FOREIGN

ALERTS = list_alerts()
PARTS = ("**Means**", "**Check**", "**Do**", "**Tested**")
"""Parts of each entry in the runbook."""
SEVERITIES = {"critical", "warning"}


def test_rules_read_what_the_code_exposes() -> None:
    """Rules use only metrics, labels and label values that the code exports or that an earlier rule records."""
    reader = open_reader()
    for alert in ALERTS:
        reader.read(alert.expression)


@pytest.mark.parametrize(
    "expression",
    [
        "copydesk_article_total",
        'copydesk_articles_total{topic="x"}',
        'copydesk_articles_total{outcome="done"}',
        'copydesk_dead_letters_total{reason=~"unexpected|bad"}',
        "sum by (topic) (copydesk_articles_total)",
        "copydesk_taken_total - on (reason) copydesk_articles_total",
        "histogram_quantile(0.9, rate(copydesk_freshness_seconds_count[5m]))",
        'label_replace(up, "stage", "$1", "service", "(.*)")',
        "up * on (job) group_left (version) copydesk_ready",
    ],
)
def test_the_reader_rejects_unknown_names(expression: str) -> None:
    """The reader finds a metric, label or value that does not exist anywhere in an expression."""
    with pytest.raises(AssertionError):
        open_reader().read(expression)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_alert_has_its_runbook_entry(alert: Alert) -> None:
    """Each alert names a severity, a summary and a runbook entry, and the entry has all its parts."""
    page, _, anchor = alert.annotations["runbook_url"].partition("#")
    assert ROOT / page == RUNBOOK and anchor == alert.name.lower()
    assert anchor in list_anchors(RUNBOOK)
    entry = read_entry(RUNBOOK, alert.name)
    assert [part for part in PARTS if part not in entry] == []
    assert alert.labels["severity"] in SEVERITIES and alert.annotations["summary"]


def test_runbook_has_no_entry_without_alert() -> None:
    """Each runbook entry that is named like an alert belongs to an alert."""
    named = {anchor for anchor in list_anchors(RUNBOOK) if anchor.startswith("copydesk")}
    assert named == {alert.name.lower() for alert in ALERTS}


def test_scenarios_are_of_services_that_export_the_metrics() -> None:
    """Each series of the healthy desk comes from a service that exports its metric."""
    exporters = {family.name: family.services for family in list_metrics()}
    for series in describe_healthy(1):
        name, labels = series.split("{", 1)
        family = re.sub("_(bucket|count|sum)$", "", name) if name not in exporters else name
        service = re.findall(r'instance="(\w+):', labels)[0]
        assert family in FOREIGN or service in exporters[family], series


def test_every_alert_is_provoked() -> None:
    """Each alert has a scenario in which it fires."""
    assert {scenario.alert for scenario in SCENARIOS if scenario.loud} == {alert.name for alert in ALERTS}


def test_partitions_are_as_declared() -> None:
    """The number in the rule about partitions is the number of partitions of the topics."""
    [rule] = [alert for alert in ALERTS if alert.name == "CopydeskPartitionsUnassigned"]
    assert rule.expression.endswith(f"< {topics.PARTITIONS}") and topics.PARTITIONS == topics.SHARD_COUNT


def test_names_are_unique() -> None:
    """No two alerts share a name, and no two recording rules."""
    for kind in ("alert", "record"):
        names = [rule[kind] for rule in list_rules() if kind in rule]
        assert len(names) == len(set(names))


def test_prometheus_accepts_the_configuration() -> None:
    """The program promtool accepts the configuration and its rules."""
    assert "SUCCESS" in run_tool("promtool", "check", "config", "--lint-fatal", PROMETHEUS / "prometheus.yml")


def test_alertmanager_accepts_the_configuration() -> None:
    """The program amtool accepts the shipped configuration."""
    said = run_tool("amtool", "check-config", ROOT / "deploy" / "alertmanager" / "alertmanager.yml")
    assert "SUCCESS" in said


@pytest.mark.timeout(900)
def test_alerts_fire_when_provoked_and_are_silent_otherwise(tmp_path: Path) -> None:
    """In each scenario, Prometheus' engine fires exactly the expected alerts at the expected minutes."""
    evaluate(tmp_path, *(scenario.describe() for scenario in SCENARIOS))


@pytest.mark.parametrize(
    ("host", "stage"), [("sink", ',stage="sink"'), ("node-7.example", "")], ids=["a service", "something else"]
)
def test_a_process_that_is_down_has_the_stage_that_its_host_names(host: str, stage: str, tmp_path: Path) -> None:
    """The alert gets its stage from the host's name, for Alertmanager's inhibition; another host name gives none."""
    scraped = target("sink")
    replaced = {
        f'up{{{scraped},host="sink"}}': ended("1"),
        f'up{{{scraped},host="{host}"}}': steps((0, 20)),
    }
    described = Scenario("down", "CopydeskInstanceDown", replaced, (1,), (15,)).describe()
    labels = f'ALERTS{{alertname="CopydeskInstanceDown",alertstate="firing",severity="warning",{scraped},host="{host}"'
    check = {"expr": 'ALERTS{alertname="CopydeskInstanceDown"}', "eval_time": "15m"}
    described["promql_expr_test"] += [check | {"exp_samples": [{"labels": f"{labels}{stage}}}", "value": 1}]}]
    evaluate(tmp_path, described)


def evaluate(folder: Path, *tests: dict[str, Any]) -> None:
    """Run these tests of the shipped rules with promtool and assert that they pass."""
    whole = {
        "rule_files": [str(file) for file in sorted(RULES.glob("*.yml"))],
        "evaluation_interval": "1m",
        "tests": list(tests),
    }
    file = folder / "alerts.test.yml"
    file.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    assert "SUCCESS" in run_tool("promtool", "test", "rules", file, within=800)
