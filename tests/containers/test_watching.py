"""The compose project's monitoring half: the shipped files, unchanged, in real containers over real traffic.

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
WATCHERS = ("prometheus", "alertmanager")
SAMPLES = 10
SOON = 120
"""Seconds within which several scrapes and evaluations, 15 s apart, have come about."""
TOLD_WITHIN = 420
"""Seconds from a fault until Alertmanager knows: two minutes by the rules, and what a busy machine adds."""


@dataclass(frozen=True)
class Desk:
    """The project that runs, and the pages of the two that watch it."""

    project: Project
    prometheus: httpx.Client
    alertmanager: httpx.Client

    def wait_ready(self) -> None:
        """Until both serve."""
        for page in (self.prometheus, self.alertmanager):
            wait_until(partial(is_ready, page), partial(docker, "ps", "--all"))

    def read(self, path: str, **parameters: str) -> Any:
        """The data of an answer of Prometheus' API."""
        return self.prometheus.get(f"/api/v1/{path}", params=parameters).raise_for_status().json()["data"]

    def ask(self, expression: str, **parameters: str) -> dict[str, float]:
        """The values of an expression, by the series' one label ("" without any)."""
        found = self.read("query", query=expression, **parameters)["result"]
        return {next(iter(one["metric"].values()), ""): float(one["value"][1]) for one in found}

    def list_told(self) -> set[tuple[str, str, str]]:
        """What Alertmanager holds as active: the alert, the stage or host that it is about, and who is told."""
        alerts = self.alertmanager.get("/api/v2/alerts").raise_for_status().json()
        active = [alert for alert in alerts if alert["status"]["state"] == "active"]
        return {
            (labels["alertname"], labels.get("stage") or labels.get("host", ""), told["name"])
            for alert in active
            for labels in [alert["labels"]]
            for told in alert["receivers"]
        }


def wait_until(holds: Callable[[], bool], shown: Callable[[], object], within: float = SOON) -> float:
    """Until it is so; returns the seconds that it took."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() < started + within, shown()
        time.sleep(1)
    return time.monotonic() - started


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """The whole project without Grafana, with empty volumes; taken down with them at the end."""
    images = [COMPOSE["services"][name]["image"] for name in WATCHERS]
    if missing := [image for image in images if not docker("image", "ls", "--quiet", image)]:
        pytest.skip(f"{' and '.join(missing)} not on this machine: docker compose pull {' '.join(WATCHERS)}")
    project = Project("copydesk-test", (*SERVICES, *WATCHERS))
    project.compose("down", "--volumes")
    try:
        print(f"up from nothing, watched: {project.up():.0f} s")
        pages = [httpx.Client(base_url=f"http://127.0.0.1:{PORTS[f'{name.upper()}_PORT']}") for name in WATCHERS]
        with pages[0], pages[1]:
            desk = Desk(project, *pages)
            desk.wait_ready()
            yield desk
    finally:
        project.compose("down", "--volumes", "--timeout", "30")


def test_every_service_is_scraped(desk: Desk) -> None:
    """Prometheus finds the four services by their names, itself and Alertmanager, and each of them answers."""

    def list_targets() -> dict[str, str]:
        targets = desk.read("targets")["activeTargets"]
        return {one["labels"].get("host", one["labels"]["job"]): one["health"] for one in targets}

    wanted = dict.fromkeys((*SERVICES, *WATCHERS), "up")
    wait_until(lambda: list_targets() == wanted, list_targets)


def test_rules_are_loaded_and_evaluated(desk: Desk) -> None:
    """Every shipped rule is there, and evaluates without an error."""

    def list_health() -> dict[str, tuple[str, str]]:
        groups = desk.read("rules")["groups"]
        return {one["name"]: (one["health"], one.get("lastError", "")) for group in groups for one in group["rules"]}

    wanted = {rule.get("record") or rule["alert"]: ("ok", "") for rule in list_rules()}
    wait_until(lambda: list_health() == wanted, list_health)


def test_alertmanager_is_found(desk: Desk) -> None:
    """Prometheus sends to the project's one Alertmanager, which routes by the shipped file and looks for no others."""
    wait_until(lambda: bool(desk.read("alertmanagers")["activeAlertmanagers"]), lambda: desk.read("alertmanagers"))
    found = desk.read("alertmanagers")
    assert [one["url"] for one in found["activeAlertmanagers"]] == ["http://alertmanager:9093/api/v2/alerts"]
    assert found["droppedAlertmanagers"] == []
    routes = yaml.safe_load((DEPLOY / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8"))
    receivers = desk.alertmanager.get("/api/v2/receivers").raise_for_status().json()
    assert sorted(one["name"] for one in receivers) == sorted(one["name"] for one in routes["receivers"])
    assert desk.alertmanager.get("/api/v2/status").json()["cluster"]["status"] == "disabled"


def test_traffic_is_counted_and_raises_nothing(desk: Desk) -> None:
    """The samples are in every stage's counts, the recorded series follow, and nobody is told of anything."""
    desk.project.compose("run", "--rm", "-T", "tools", "try", "--patience", "240")
    counted = "sum by (stage) (copydesk_articles_total)"
    wait_until(lambda: desk.ask(counted) == dict.fromkeys(SERVICES, SAMPLES), lambda: desk.ask(counted))
    recorded = "sum by (stage) (stage:copydesk_lag_messages:sum)"
    wait_until(lambda: desk.ask(recorded) == dict.fromkeys(SERVICES[1:], 0), lambda: desk.ask(recorded))
    # The first articles of a start wait for the models and are late: too few of them to be told of.
    assert desk.list_told() == set()


def test_dashboards_are_filled(desk: Desk) -> None:
    """Each query of each dashboard has an answer, once the samples came again; but those that show faults."""
    wanted = [query for query in list_queries() if query.panel not in FED_BY_FAULTS]

    def list_empty() -> list[Query]:
        return [query for query in wanted if not desk.read("query", query=put_in(query.expression))["result"]]

    # A series that begins with its first article has no rate before it grows again.
    desk.project.compose("run", "--rm", "-T", "tools", "try", "--patience", "240")
    wait_until(lambda: not list_empty(), list_empty)


def test_missing_services_are_told_until_they_are_back(desk: Desk) -> None:
    """Sink is killed and annotate frozen: Alertmanager holds it for the right receivers, until both are back."""
    told = {("CopydeskServiceAbsent", "sink", "page"), ("CopydeskServiceAbsent", "annotate", "page")}
    desk.project.compose("kill", "sink")
    desk.project.compose("pause", "annotate")
    try:
        seconds = wait_until(lambda: told <= desk.list_told(), desk.list_told, TOLD_WITHIN)
        print(f"told after {seconds:.0f} s")
        # annotate's one target does not answer either, which is the same fault and is held back.
        assert not [name for name, *_ in desk.list_told() if name == "CopydeskInstanceDown"]
    finally:
        desk.project.compose("unpause", "annotate")
        # `up` would give up at once on a container that is still called unhealthy.
        wait_until(lambda: desk.project.is_healthy("annotate"), lambda: docker("ps", "--all"))
        print(f"back after {desk.project.up():.0f} s")
    seconds = wait_until(lambda: not told & desk.list_told(), desk.list_told, TOLD_WITHIN)
    print(f"over {seconds:.0f} s later")
    assert "1 arrived" in desk.project.attempt(1)


def test_what_was_watched_survives(desk: Desk) -> None:
    """Prometheus killed, then all taken down and up with the volumes kept: old samples and silences are still there."""
    then = str(time.time())
    counted = "count by (job) (up == 1)"
    seen = desk.ask(counted, time=then)
    assert seen["copydesk"] == len(SERVICES)
    now = datetime.now(UTC)
    silence = {
        "matchers": [{"name": "alertname", "value": "CopydeskNothingComesIn", "isRegex": False}],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "test",
        "comment": "kept",
    }
    number = desk.alertmanager.post("/api/v2/silences", json=silence).raise_for_status().json()["silenceID"]
    desk.project.compose("kill", "prometheus")
    desk.project.compose("down", "--timeout", "60")
    desk.project.up()
    desk.wait_ready()
    assert desk.ask(counted, time=then) == seen
    assert desk.alertmanager.get(f"/api/v2/silence/{number}").raise_for_status().json()["status"]["state"] == "active"
