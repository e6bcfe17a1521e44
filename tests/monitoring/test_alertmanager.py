"""The shipped configuration in a real Alertmanager: the receivers of the alerts, and which alert inhibits which."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.embedded.ports import find_free_port
from services.runtime.service.spawn import spawn, terminate
from tests.support.monitoring_tools import ROOT, find_tool, is_ready

CONFIGURATION = ROOT / "deploy" / "alertmanager" / "alertmanager.yml"
TEMPLATES = Path("/usr/share/prometheus/alertmanager/default.tmpl")
RECEIVERS = {"warning": "ticket", "critical": "page"}
"""Receiver of each severity."""


def find_alertmanager() -> str:
    """Return the path of Alertmanager, which has another name in Debian; skip the test if it is missing."""
    if found := shutil.which("alertmanager"):
        return found
    found = find_tool("prometheus-alertmanager")
    # Debian's build reads its templates only from that folder, so that unpacking the package is not enough.
    if not TEMPLATES.exists():
        pytest.skip(f"Debian's Alertmanager needs {TEMPLATES}; run apt-get install prometheus-alertmanager")
    return found


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Run an Alertmanager without peers; give a client of its HTTP API."""
    program, folder = find_alertmanager(), tmp_path_factory.mktemp("alertmanager")
    listen = f"127.0.0.1:{find_free_port()}"
    with (folder / "log").open("wb") as log:
        process = spawn(
            [program, f"--config.file={CONFIGURATION}", f"--storage.path={folder / 'data'}",
             f"--web.listen-address={listen}", "--cluster.listen-address="],
            environ={}, output=log.fileno(), cwd=str(folder),
        )  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://{listen}", timeout=30) as client:
            deadline = time.monotonic() + 60
            while not is_ready(client):
                assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.1)
            yield client
    finally:
        terminate(process, deadline=20)


def alert(name: str, severity: str, stage: str, **labels: str) -> dict[str, str]:
    """Build an alert's labels as Prometheus sends them."""
    return {"alertname": f"Copydesk{name}", "severity": severity, "stage": stage, **labels}


def send_alerts(alertmanager: httpx.Client, *alerts: Mapping[str, str]) -> list[dict[str, Any]]:
    """Send alerts; return the state of each, in the same order."""
    alertmanager.post("/api/v2/alerts", json=[{"labels": labels} for labels in alerts]).raise_for_status()
    deadline = time.monotonic() + 30
    while True:
        held = alertmanager.get("/api/v2/alerts").raise_for_status().json()
        found = [one for labels in alerts for one in held if one["labels"] == labels]
        if len(found) == len(alerts) and all(one["status"]["state"] != "unprocessed" for one in found):
            return found
        assert time.monotonic() < deadline, held
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("cause", "inhibited", "other"),
    [
        pytest.param(
            alert("ServiceAbsent", "critical", "sink", service="sink"),
            alert("InstanceDown", "warning", "sink", job="copydesk", instance="sink:8080", host="sink"),
            alert("InstanceDown", "warning", "match", job="copydesk", instance="match:8080", host="match"),
            id="an absent service inhibits its process that is down",
        ),
        pytest.param(
            alert("LagUnknown", "critical", "match", instance="match:8080"),
            alert("Stuck", "critical", "match", instance="match:8080"),
            alert("ArticlesUnaccounted", "critical", "match", instance="match:8080"),
            id="an unknown lag inhibits alerts that use the lag",
        ),
        pytest.param(
            alert("FreshnessBurnsFast", "critical", "late"),
            alert("FreshnessBurnsSlowly", "warning", "late"),
            alert("FreshnessBurnsSlowly", "warning", "another"),
            id="a fast burn rate inhibits a slow one",
        ),
    ],
)
def test_one_fault_sends_one_notification(
    cause: dict[str, str], inhibited: dict[str, str], other: dict[str, str], alertmanager: httpx.Client
) -> None:
    """An alert inhibits the alerts that follow from its cause, and no alert of another stage or another cause."""
    first, second, third = send_alerts(alertmanager, cause, inhibited, other)
    assert (first["status"]["state"], first["status"]["inhibitedBy"]) == ("active", [])
    assert (second["status"]["state"], second["status"]["inhibitedBy"]) == ("suppressed", [first["fingerprint"]])
    assert (third["status"]["state"], third["status"]["inhibitedBy"]) == ("active", [])
    for one in (first, second, third):
        assert [receiver["name"] for receiver in one["receivers"]] == [RECEIVERS[one["labels"]["severity"]]]
