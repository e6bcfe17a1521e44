"""A real Prometheus with the shipped configuration, whose durations are shortened."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from services.embedded.ports import find_free_port
from services.runtime.service.spawn import spawn, terminate
from tests.support.monitoring_tools import PROMETHEUS, RULES, find_tool, is_ready

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
SCRAPE = 1
"""Seconds between two scrapes."""
FASTER = 30
"""Factor by which windows are shortened. Each `for` is cut to a few seconds, however long it is."""
SHORTEST_WINDOW, LONGEST_FOR = 12, 5
"""Bounds in seconds: a window needs several scrapes, and a longer wait shows nothing more."""


def shorten(rules: str) -> str:
    """Shorten the windows and waits of rules, and lower the number of articles that a window must hold as much."""

    def window(found: re.Match[str]) -> str:
        return f"[{max(SHORTEST_WINDOW, int(found[1]) * UNITS[found[2]] // FASTER)}s]"

    def wait(found: re.Match[str]) -> str:
        return f"for: {max(1, min(LONGEST_FOR, int(found[1]) * UNITS[found[2]] // FASTER))}s"

    def articles(found: re.Match[str]) -> str:
        return f"{found[1]} > {int(found[2]) // FASTER}"

    rules = re.sub(r"(\[\d+[smhd]\]\)\)) > (\d{3,})\b", articles, rules)
    return re.sub(r"\bfor: (\d+)([smhd])\b", wait, re.sub(r"\[(\d+)([smhd])\]", window, rules))


class Prometheus:
    """A client of a Prometheus' HTTP API."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    @property
    def address(self) -> str:
        """Base URL of the server."""
        return str(self._client.base_url)

    def ask(self, expression: str) -> list[dict[str, Any]]:
        """Return the series of an expression now."""
        answer = self._client.post("/api/v1/query", data={"query": expression})
        assert answer.status_code == 200, f"{expression}: {answer.text}"
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def list_firing(self) -> dict[str, list[dict[str, Any]]]:
        """Return the firing alerts by name."""
        alerts = self._client.get("/api/v1/alerts").raise_for_status().json()["data"]["alerts"]
        firing: dict[str, list[dict[str, Any]]] = {}
        for alert in alerts:
            if alert["state"] == "firing":
                firing.setdefault(alert["labels"]["alertname"], []).append(alert)
        return firing

    def has_fired(self, alert: str, seconds: int) -> bool:
        """Return whether an alert fired within the last seconds."""
        return bool(self.ask(f'max_over_time(ALERTS{{alertname="{alert}", alertstate="firing"}}[{seconds}s])'))

    def wait_for(self, alert: str, *, within: float = 150, meanwhile: Callable[[], object] = lambda: None) -> str:
        """Wait until an alert fires; return its summary, as an operator reads it."""
        deadline = time.monotonic() + within
        while alert not in (firing := self.list_firing()):
            assert time.monotonic() < deadline, f"{alert} did not fire within {within} s; what fires: {sorted(firing)}"
            meanwhile()
            time.sleep(SCRAPE / 2)
        summary: str = firing[alert][0]["annotations"]["summary"]
        return summary

    def is_up(self) -> bool:
        """Return whether Prometheus is ready."""
        return is_ready(self._client)


@contextmanager
def run_prometheus(folder: Path, targets: Mapping[str, str]) -> Iterator[Prometheus]:
    """Run a Prometheus with the shipped configuration and shortened rules; `targets` are host:port by service."""
    settings = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    settings["global"] = {"scrape_interval": f"{SCRAPE}s", "evaluation_interval": f"{SCRAPE}s"}
    del settings["alerting"]
    [job] = [job for job in settings["scrape_configs"] if job["job_name"] == "copydesk"]
    del job["dns_sd_configs"], job["relabel_configs"]
    job["static_configs"] = [{"targets": [address], "labels": {"host": name}} for name, address in targets.items()]
    settings["scrape_configs"] = [job]
    for file in RULES.glob("*.yml"):
        (folder / "rules").mkdir(exist_ok=True)
        (folder / "rules" / file.name).write_text(shorten(file.read_text(encoding="utf-8")), encoding="utf-8")
    (folder / "prometheus.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    listen = f"127.0.0.1:{find_free_port()}"
    with (folder / "prometheus.log").open("wb") as log:
        process = spawn(
            [find_tool("prometheus"), f"--config.file={folder / 'prometheus.yml'}",
             f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={listen}"],
            environ={}, output=log.fileno(), cwd=str(folder),
        )  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://{listen}", timeout=30) as client:
            prometheus = Prometheus(client)
            deadline = time.monotonic() + 60
            while not prometheus.is_up():
                assert process.poll() is None and time.monotonic() < deadline, (folder / "prometheus.log").read_text()
                time.sleep(0.2)
            yield prometheus
    finally:
        terminate(process, deadline=20)
