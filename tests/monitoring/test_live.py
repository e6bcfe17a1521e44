"""The services, Kafka and Prometheus under real traffic: each query has an answer, and faults raise their alerts.

Some faults last hours or cannot be made from outside. test_rules.py checks their alerts with Prometheus' engine.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.cli.desk.processes.stack import Stack, run_stack
from services.cli.kafka.connection import BOOTSTRAP
from services.contracts import topics
from services.embedded import EmbeddedKafka, EmbeddedSettings
from services.runtime.service.settings import PREFIX, name_variable
from tests.monitoring.live import Prometheus, run_prometheus
from tests.monitoring.traffic import Traffic
from tests.support.footprint import list_descendants
from tests.support.monitoring_files import FED_BY_FAULTS, list_queries, put_in
from tests.support.monitoring_tools import find_tool

pytestmark = [pytest.mark.kafka, pytest.mark.weights, pytest.mark.monitoring, pytest.mark.timeout(900)]

INTERVAL = 0.5
"""Seconds between two articles, so many that a machine that is busy with other work keeps up."""
FILLED = 40
"""Seconds of traffic that fill the windows of most rules."""
SLOW_MACHINE = {"CopydeskFreshnessBurnsFast", "CopydeskFreshnessBurnsSlowly", "CopydeskFallingBehind"}
"""Alerts that are right on a machine that is busy with other work, because it misses the objective of one second."""
GROUP = "copydesk-sink"
PROGRESS_TIME = 1.0
"""Seconds between a worker's start and its kill: annotate stops if several workers die without an article between."""


@dataclass
class Desk:
    """The running services and tools that all tests here share."""

    broker: EmbeddedKafka
    stack: Stack
    output: BinaryIO
    prometheus: Prometheus
    traffic: Traffic

    def revive(self) -> None:
        """Start the services that ended, and wait until all are ready."""
        self.stack.restart_ended(self.output, pause=0.1)
        self.stack.wait_ready()

    def wait_for_start(self, service: str, seen: set[str]) -> str:
        """Wait until Prometheus has scraped a new process, ready or not; return its start time."""
        deadline = time.monotonic() + 60
        while True:
            found = self.prometheus.ask(f'process_start_time_seconds{{host="{service}"}}')
            if new := {one["value"][1] for one in found} - seen:
                return str(new.pop())
            assert time.monotonic() < deadline, f"Prometheus did not scrape a new process of {service} within 60 s"
            time.sleep(0.2)

    def find_worker(self) -> int | None:
        """Return the pid of annotate's worker, or None until it has loaded its models: its loss would end annotate."""
        children = list_descendants(self.stack.services["annotate"].process.pid)
        log = self.stack.log.read_text(encoding="utf-8")
        started = {json.loads(line)["pid"] for line in log.splitlines() if '"worker_started"' in line}
        return next((pid for pid in children if pid in started), None)

    def kill_worker(self) -> None:
        """Kill the worker as the kernel does when memory is short, after some time for an article."""
        if (pid := self.find_worker()) is not None:
            time.sleep(PROGRESS_TIME)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def desk(embedded_settings: EmbeddedSettings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Run Kafka, the four services, traffic and Prometheus; the one feed is at a port where nothing listens."""
    find_tool("prometheus")
    folder = tmp_path_factory.mktemp("live")
    feeds = folder / "feeds.yaml"
    feeds.write_text("- url: http://127.0.0.1:9/feed.xml\n  interval: 60\n")
    with EmbeddedKafka.start(embedded_settings) as broker:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | {
            BOOTSTRAP: broker.bootstrap_servers,
            name_variable("ingest", "feeds"): str(feeds),
            name_variable("ingest", "fetch", "allow_private"): "true",
            name_variable("ingest", "publish_timeout"): "3",
            # A frozen worker must not be replaced, and the process not restarted, before the alert has fired.
            name_variable("annotate", "article_deadline"): "600",
            name_variable("telemetry", "stall_after"): "600",
            name_variable("telemetry", "log_format"): "json",
        }
        with run_stack(environ, folder) as (stack, output):
            targets = {name: service.page.removeprefix("http://") for name, service in stack.services.items()}
            with run_prometheus(folder, targets) as prometheus, Traffic(stack.ingest, interval=INTERVAL) as traffic:
                yield Desk(broker, stack, output, prometheus, traffic)


def test_a_healthy_desk_raises_no_alert_and_fills_its_dashboards(desk: Desk) -> None:
    """Under traffic only the feed's alert fires, and each query of each dashboard has an answer."""
    deadline = time.monotonic() + 4 * FILLED
    time.sleep(FILLED)
    wanted = [query for query in list_queries() if query.panel not in FED_BY_FAULTS]
    while missing := [query for query in wanted if not desk.prometheus.ask(put_in(query.expression))]:
        assert time.monotonic() < deadline, missing
        time.sleep(2)
    assert set(desk.prometheus.list_firing()) - SLOW_MACHINE <= {"CopydeskFeedsFailing"}
    assert "1 feeds" in desk.prometheus.wait_for("CopydeskFeedsFailing")


async def test_invalid_input_raises_alerts(desk: Desk) -> None:
    """Invalid articles and bytes that are not JSON raise their alerts and fill the panels of errors."""

    def send_invalid() -> None:
        for _ in range(3):
            httpx.post(f"{desk.stack.ingest}/v1/articles", json={"content": " "}, timeout=30)

    async with AIOKafkaProducer(bootstrap_servers=desk.broker.bootstrap_servers) as producer:
        for _ in range(30):
            await producer.send_and_wait(topics.RAW, b"{no json")
    rising = asyncio.to_thread(desk.prometheus.wait_for, "CopydeskDeadLettersRising", meanwhile=send_invalid)
    assert "annotate" in await rising
    await asyncio.to_thread(desk.prometheus.wait_for, "CopydeskRejectionsRising", meanwhile=send_invalid)
    for query in list_queries():
        if query.panel in FED_BY_FAULTS:
            assert desk.prometheus.ask(put_in(query.expression)), query


def test_a_killed_service_raises_alerts(desk: Desk) -> None:
    """A killed service is absent and its target is down; a service that is killed repeatedly restarts too often."""
    sink = desk.stack.services["sink"]
    sink.process.kill()
    sink.process.wait()
    assert "sink" in desk.prometheus.wait_for("CopydeskServiceAbsent")
    assert "(sink)" in desk.prometheus.wait_for("CopydeskInstanceDown")
    firing = desk.prometheus.list_firing()
    # With the same stage, Alertmanager treats them as one fault.
    assert {
        one["labels"]["stage"] for name in ("CopydeskServiceAbsent", "CopydeskInstanceDown") for one in firing[name]
    } == {"sink"}
    seen: set[str] = set()
    for _ in range(4):
        desk.stack.restart_ended(desk.output, pause=0.1)
        seen.add(desk.wait_for_start("sink", seen))
        desk.stack.services["sink"].process.kill()
        desk.stack.services["sink"].process.wait()
    desk.revive()
    assert "sink" in desk.prometheus.wait_for("CopydeskRestarts")
    # Articles that waited while sink was absent are late.
    desk.prometheus.wait_for("CopydeskFreshnessBurnsFast")
    desk.prometheus.wait_for("CopydeskFreshnessBurnsSlowly")


async def test_a_foreign_group_member_raises_alerts(desk: Desk) -> None:
    """A foreign consumer in sink's group leaves partitions unassigned and causes many rebalances."""

    def list_missing(*alerts: str) -> list[str]:
        return [alert for alert in alerts if not desk.prometheus.has_fired(alert, 250)]

    deadline = time.monotonic() + 200
    while missing := list_missing("CopydeskPartitionsUnassigned", "CopydeskRebalancesOften"):
        assert time.monotonic() < deadline, (
            f"{missing} did not fire; these did: {sorted(desk.prometheus.list_firing())}"
        )
        foreign_member = AIOKafkaConsumer(
            topics.ENRICHED, bootstrap_servers=desk.broker.bootstrap_servers, group_id=GROUP, enable_auto_commit=False
        )
        await foreign_member.start()
        # First long enough for the alert about unassigned partitions, then short enough for many rebalances.
        await asyncio.sleep(12 if "CopydeskPartitionsUnassigned" in missing else 1)
        await foreign_member.stop()


def test_lost_workers_raise_an_alert(desk: Desk) -> None:
    """Workers of annotate that are killed repeatedly raise an alert."""
    desk.prometheus.wait_for("CopydeskWorkersLost", meanwhile=desk.kill_worker)
    desk.revive()


def test_a_frozen_worker_raises_alerts(desk: Desk) -> None:
    """A frozen worker of annotate makes the stage stuck, and its lag grows."""
    deadline = time.monotonic() + 60
    while (worker := desk.find_worker()) is None:
        assert time.monotonic() < deadline, "the worker did not load its models within 60 s"
        time.sleep(0.1)
    os.kill(worker, signal.SIGSTOP)
    try:
        assert "annotate" in desk.prometheus.wait_for("CopydeskStuck")
        assert "annotate" in desk.prometheus.wait_for("CopydeskFallingBehind")
    finally:
        os.kill(worker, signal.SIGCONT)


def test_a_frozen_broker_raises_alerts(desk: Desk) -> None:
    """With a frozen broker the lag is unknown, senders are deferred, and services are not ready."""
    desk.broker.pause()
    try:
        for alert in ("CopydeskLagUnknown", "CopydeskSendersDeferred"):
            desk.prometheus.wait_for(alert)
        desk.prometheus.wait_for("CopydeskNotReady")
    finally:
        desk.broker.resume()
    desk.revive()


def test_missing_input_raises_an_alert(desk: Desk) -> None:
    """An alert fires when the senders stop."""
    desk.traffic.pause()
    try:
        desk.prometheus.wait_for("CopydeskNothingComesIn", within=240)
    finally:
        desk.traffic.resume()


def test_every_article_is_accounted_for(desk: Desk) -> None:
    """After all these faults each accepted article has an outcome: the alert about that never fired."""
    assert not desk.prometheus.has_fired("CopydeskArticlesUnaccounted", 3_600)
    assert not desk.prometheus.has_fired("CopydeskLostToRetention", 3_600)
