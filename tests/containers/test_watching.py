"""Monitoring services of the compose project, with the shipped files unchanged, in real containers with real traffic.

Grafana is left out: its files are checked in tests/monitoring.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
import yaml

from tests.containers.engine import docker
from tests.containers.project import PORTS, Project
from tests.support.monitoring_files import FED_BY_FAULTS, Query, list_queries, list_rules, put_in
from tests.support.monitoring_tools import is_ready
from tests.support.repository import DEPLOY, ROOT

pytestmark = [pytest.mark.containers, pytest.mark.timeout(1800)]

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = ("ingest", "annotate", "match", "sink")
MONITORS = ("prometheus", "alertmanager")
SAMPLES = 15
SOON = 120
"""Seconds within which several scrapes and evaluations, 15 s apart, have taken place."""
ALERTED_WITHIN = 420
"""Seconds from a fault until Alertmanager has its alert: two minutes by the rules, and more on a busy machine."""


@dataclass(frozen=True)
class WatchedProject:
    """Running project and the HTTP clients of the two services that monitor it."""

    project: Project
    prometheus: httpx.Client
    alertmanager: httpx.Client

    def wait_ready(self) -> None:
        """Wait until both clients answer."""
        for page in (self.prometheus, self.alertmanager):
            wait_until(partial(is_ready, page), partial(docker, "ps", "--all"))

    def read(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer of Prometheus' API."""
        return self.prometheus.get(f"/api/v1/{path}", params=parameters).raise_for_status().json()["data"]

    def ask(self, expression: str, **parameters: str) -> dict[str, float]:
        """Return the values of an expression by the one label of each series ("" without a label)."""
        found = self.read("query", query=expression, **parameters)["result"]
        return {next(iter(one["metric"].values()), ""): float(one["value"][1]) for one in found}

    def list_active_alerts(self) -> set[tuple[str, str, str]]:
        """Return Alertmanager's active alerts: name, the stage or host that the alert is about, and receiver."""
        alerts = self.alertmanager.get("/api/v2/alerts").raise_for_status().json()
        active = [alert for alert in alerts if alert["status"]["state"] == "active"]
        return {
            (labels["alertname"], labels.get("stage") or labels.get("host", ""), receiver["name"])
            for alert in active
            for labels in [alert["labels"]]
            for receiver in alert["receivers"]
        }


def wait_until(condition: Callable[[], bool], shown: Callable[[], object], within: float = SOON) -> float:
    """Wait until the condition condition, and return the seconds of the wait."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() < started + within, shown()
        time.sleep(1)
    return time.monotonic() - started


@pytest.fixture(scope="module")
def watched() -> Iterator[WatchedProject]:
    """Start the whole project without Grafana, with empty volumes; remove both at the end."""
    images = [COMPOSE["services"][name]["image"] for name in MONITORS]
    if missing := [image for image in images if not docker("image", "ls", "--quiet", image)]:
        pytest.skip(f"{' and '.join(missing)} missing: run `docker compose pull {' '.join(MONITORS)}`")
    project = Project("copydesk-test", (*SERVICES, *MONITORS))
    project.compose("down", "--volumes")
    try:
        print(f"up from nothing, watched: {project.up():.0f} s")
        pages = [httpx.Client(base_url=f"http://127.0.0.1:{PORTS[f'{name.upper()}_PORT']}") for name in MONITORS]
        with pages[0], pages[1]:
            watched = WatchedProject(project, *pages)
            watched.wait_ready()
            yield watched
    finally:
        project.compose("down", "--volumes", "--timeout", "30")


def test_every_service_is_scraped(watched: WatchedProject) -> None:
    """Prometheus finds the four services by their names, itself and Alertmanager, and scrapes each of them."""

    def list_targets() -> dict[str, str]:
        targets = watched.read("targets")["activeTargets"]
        return {one["labels"].get("host", one["labels"]["job"]): one["health"] for one in targets}

    wanted = dict.fromkeys((*SERVICES, *MONITORS), "up")
    wait_until(lambda: list_targets() == wanted, list_targets)


def test_rules_are_loaded_and_evaluated(watched: WatchedProject) -> None:
    """Prometheus has loaded every shipped rule, and evaluates each without an error."""

    def list_health() -> dict[str, tuple[str, str]]:
        groups = watched.read("rules")["groups"]
        return {one["name"]: (one["health"], one.get("lastError", "")) for group in groups for one in group["rules"]}

    wanted = {rule.get("record") or rule["alert"]: ("ok", "") for rule in list_rules()}
    wait_until(lambda: list_health() == wanted, list_health)


def test_alertmanager_is_found(watched: WatchedProject) -> None:
    """Prometheus sends to the project's one Alertmanager, which routes by the shipped file and has no peers."""
    wait_until(
        lambda: bool(watched.read("alertmanagers")["activeAlertmanagers"]), lambda: watched.read("alertmanagers")
    )
    found = watched.read("alertmanagers")
    assert [one["url"] for one in found["activeAlertmanagers"]] == ["http://alertmanager:9093/api/v2/alerts"]
    assert found["droppedAlertmanagers"] == []
    routes = yaml.safe_load((DEPLOY / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8"))
    receivers = watched.alertmanager.get("/api/v2/receivers").raise_for_status().json()
    assert sorted(one["name"] for one in receivers) == sorted(one["name"] for one in routes["receivers"])
    assert watched.alertmanager.get("/api/v2/status").json()["cluster"]["status"] == "disabled"


def test_traffic_is_counted_and_raises_no_alert(watched: WatchedProject) -> None:
    """The samples are in the counters of every stage, the recorded series follow them, and no alert is active."""
    watched.project.compose("run", "--rm", "-T", "tools", "try", "--patience", "240")
    counted = "sum by (stage) (copydesk_articles_total)"
    wait_until(lambda: watched.ask(counted) == dict.fromkeys(SERVICES, SAMPLES), lambda: watched.ask(counted))
    recorded = "sum by (stage) (stage:copydesk_lag_messages:sum)"
    wait_until(lambda: watched.ask(recorded) == dict.fromkeys(SERVICES[1:], 0), lambda: watched.ask(recorded))
    # The first articles after a start wait for the models and are late, but they are too few to raise an alert.
    assert watched.list_active_alerts() == set()


def test_dashboards_are_filled(watched: WatchedProject) -> None:
    """Each query of each dashboard has an answer after more samples, except the queries that show faults."""
    wanted = [query for query in list_queries() if query.panel not in FED_BY_FAULTS]

    def list_empty() -> list[Query]:
        return [query for query in wanted if not watched.read("query", query=put_in(query.expression))["result"]]

    # A series that begins with its first article has no rate before its next increase.
    watched.project.compose("run", "--rm", "-T", "tools", "try", "--patience", "240")
    wait_until(lambda: not list_empty(), list_empty)


def test_missing_services_raise_alerts_until_they_are_back(watched: WatchedProject) -> None:
    """When sink is killed and annotate frozen, the right receivers are alerted until both are back."""
    expected = {("CopydeskServiceAbsent", "sink", "page"), ("CopydeskServiceAbsent", "annotate", "page")}
    watched.project.compose("kill", "sink")
    watched.project.compose("pause", "annotate")
    try:
        seconds = wait_until(
            lambda: expected <= watched.list_active_alerts(), watched.list_active_alerts, ALERTED_WITHIN
        )
        print(f"alerts active after {seconds:.0f} s")
        # annotate's one target does not answer either: that alert has the same cause and is inhibited.
        assert not [name for name, *_ in watched.list_active_alerts() if name == "CopydeskInstanceDown"]
    finally:
        watched.project.compose("unpause", "annotate")
        # `up` would fail at once on a container that is still marked unhealthy.
        wait_until(lambda: watched.project.is_healthy("annotate"), lambda: docker("ps", "--all"))
        print(f"back after {watched.project.up():.0f} s")
    seconds = wait_until(
        lambda: not expected & watched.list_active_alerts(), watched.list_active_alerts, ALERTED_WITHIN
    )
    print(f"alerts resolved {seconds:.0f} s later")
    assert "1 arrived" in watched.project.attempt(1)


def test_samples_and_silences_survive_a_restart(watched: WatchedProject) -> None:
    """Old samples and silences survive a kill of Prometheus, and `down` and `up` with the volumes kept."""
    then = str(time.time())
    counted = "count by (job) (up == 1)"
    seen = watched.ask(counted, time=then)
    assert seen["copydesk"] == len(SERVICES)
    now = datetime.now(UTC)
    silence = {
        "matchers": [{"name": "alertname", "value": "CopydeskNothingComesIn", "isRegex": False}],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "test",
        "comment": "survives",
    }
    number = watched.alertmanager.post("/api/v2/silences", json=silence).raise_for_status().json()["silenceID"]
    watched.project.compose("kill", "prometheus")
    watched.project.compose("down", "--timeout", "60")
    watched.project.up()
    watched.wait_ready()
    assert watched.ask(counted, time=then) == seen
    assert (
        watched.alertmanager.get(f"/api/v2/silence/{number}").raise_for_status().json()["status"]["state"] == "active"
    )
