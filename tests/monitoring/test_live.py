"""The services, a real Kafka and a real Prometheus under real traffic: each query answers, faults raise their alerts.

Alerts whose faults take hours, or cannot be made from outside, are evaluated by Prometheus' engine in test_rules.py.
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
from pathlib import Path
from typing import BinaryIO

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.cli.stack import BOOTSTRAP, Stack, run_stack
from services.contracts import topics
from services.embedded import EmbeddedKafka, EmbeddedSettings
from services.runtime.service.settings import PREFIX, name_variable
from tests.monitoring.live import Prometheus, run_prometheus
from tests.monitoring.traffic import Traffic
from tests.support.monitoring_files import FED_BY_FAULTS, list_queries, put_in
from tests.support.monitoring_tools import find_tool

pytestmark = [pytest.mark.kafka, pytest.mark.weights, pytest.mark.monitoring, pytest.mark.timeout(900)]

INTERVAL = 0.5
"""Seconds between two articles: a machine that is busy with other work keeps up."""
FILLED = 40
"""Seconds of traffic in which the windows of most rules fill."""
SLOW_MACHINE = {"CopydeskFreshnessBurnsFast", "CopydeskFreshnessBurnsSlowly", "CopydeskFallingBehind"}
"""What a machine that is busy with other work may rightly raise: it does not keep the objective of one second."""
GROUP = "copydesk-sink"
GETTING_ON = 1.0
"""Seconds between a worker's start and its end: workers lost in a row, without an article in between, end annotate."""


@dataclass
class Desk:
    """What the tests here share."""

    broker: EmbeddedKafka
    stack: Stack
    output: BinaryIO
    prometheus: Prometheus
    traffic: Traffic

    def revive(self) -> None:
        """Start what ended, and wait until all is ready."""
        self.stack.restart_ended(self.output, pause=0.1)
        self.stack.wait_ready()

    def wait_for_start(self, service: str, seen: set[str]) -> str:
        """Until Prometheus has met a process that is not one of the seen; ready it need not be. Returns its start."""
        deadline = time.monotonic() + 60
        while True:
            found = self.prometheus.ask(f'process_start_time_seconds{{host="{service}"}}')
            if new := {one["value"][1] for one in found} - seen:
                return str(new.pop())
            assert time.monotonic() < deadline, f"{service} was not met within 60 s"
            time.sleep(0.2)

    def find_worker(self) -> int | None:
        """The pid of annotate's worker, once its models are loaded: without them its loss is annotate's end."""
        children: list[str] = []
        parent = self.stack.services["annotate"].process.pid
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        log = self.stack.log.read_text(encoding="utf-8")
        started = {json.loads(line)["pid"] for line in log.splitlines() if '"worker_started"' in line}
        return next((pid for pid in map(int, children) if pid in started), None)

    def kill_worker(self) -> None:
        """As the kernel does for want of memory; after a while in which the worker gets on."""
        if (pid := self.find_worker()) is not None:
            time.sleep(GETTING_ON)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def desk(embedded_settings: EmbeddedSettings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Kafka, the four services, traffic and Prometheus; one feed at a port where nothing listens."""
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
            # A worker that is frozen must not be replaced, nor the process restarted, before the alert has fired.
            name_variable("annotate", "article_deadline"): "600",
            name_variable("telemetry", "stall_after"): "600",
            name_variable("telemetry", "log_format"): "json",
        }
        with run_stack(environ, folder) as (stack, output):
            targets = {name: service.page.removeprefix("http://") for name, service in stack.services.items()}
            with run_prometheus(folder, targets) as prometheus, Traffic(stack.ingest, interval=INTERVAL) as traffic:
                yield Desk(broker, stack, output, prometheus, traffic)


def test_a_healthy_desk_raises_nothing_and_fills_its_dashboards(desk: Desk) -> None:
    """Under traffic no alert fires but that of the feed, and each query of each dashboard has an answer."""
    deadline = time.monotonic() + 4 * FILLED
    time.sleep(FILLED)
    wanted = [query for query in list_queries() if query.panel not in FED_BY_FAULTS]
    while missing := [query for query in wanted if not desk.prometheus.ask(put_in(query.expression))]:
        assert time.monotonic() < deadline, missing
        time.sleep(2)
    assert set(desk.prometheus.list_firing()) - SLOW_MACHINE <= {"CopydeskFeedsFailing"}
    assert "1 feeds" in desk.prometheus.wait_for("CopydeskFeedsFailing")


async def test_nonsense_is_told(desk: Desk) -> None:
    """Bodies that are no article, and bytes that are no JSON, raise their alerts and fill the panels of errors."""

    def refuse() -> None:
        for _ in range(3):
            httpx.post(f"{desk.stack.ingest}/v1/articles", json={"content": " "}, timeout=30)

    async with AIOKafkaProducer(bootstrap_servers=desk.broker.bootstrap_servers) as producer:
        for _ in range(30):
            await producer.send_and_wait(topics.RAW, b"{no json")
    rising = asyncio.to_thread(desk.prometheus.wait_for, "CopydeskDeadLettersRising", meanwhile=refuse)
    assert "annotate" in await rising
    await asyncio.to_thread(desk.prometheus.wait_for, "CopydeskRejectionsRising", meanwhile=refuse)
    for query in list_queries():
        if query.panel in FED_BY_FAULTS:
            assert desk.prometheus.ask(put_in(query.expression)), query


def test_a_killed_service_is_missed(desk: Desk) -> None:
    """Sink is killed: it is absent and its target down; killed again and again it restarts too often."""
    sink = desk.stack.services["sink"]
    sink.process.kill()
    sink.process.wait()
    assert "sink" in desk.prometheus.wait_for("CopydeskServiceAbsent")
    assert "(sink)" in desk.prometheus.wait_for("CopydeskInstanceDown")
    firing = desk.prometheus.list_firing()
    # Equal, they are one fault to Alertmanager.
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
    # What was held up by its absence is late.
    desk.prometheus.wait_for("CopydeskFreshnessBurnsFast")
    desk.prometheus.wait_for("CopydeskFreshnessBurnsSlowly")


async def test_a_stranger_in_the_group_is_told(desk: Desk) -> None:
    """A consumer that is not ours takes partitions of sink's group: unassigned they are, and rebalances frequent."""

    def left(*alerts: str) -> list[str]:
        return [alert for alert in alerts if not desk.prometheus.has_fired(alert, 250)]

    deadline = time.monotonic() + 200
    while missing := left("CopydeskPartitionsUnassigned", "CopydeskRebalancesOften"):
        assert time.monotonic() < deadline, (
            f"{missing} did not fire; what does: {sorted(desk.prometheus.list_firing())}"
        )
        stranger = AIOKafkaConsumer(
            topics.ENRICHED, bootstrap_servers=desk.broker.bootstrap_servers, group_id=GROUP, enable_auto_commit=False
        )
        await stranger.start()
        # Long enough to be missed by the first alert, then short enough for the second one.
        await asyncio.sleep(12 if "CopydeskPartitionsUnassigned" in missing else 1)
        await stranger.stop()


def test_lost_workers_are_told(desk: Desk) -> None:
    """Annotate's worker is killed again and again: losses are counted, and the article at hand is given up."""
    desk.prometheus.wait_for("CopydeskWorkersLost", meanwhile=desk.kill_worker)
    desk.revive()


def test_a_frozen_worker_is_told(desk: Desk) -> None:
    """Annotate's worker stands still: the stage is stuck, and falls behind."""
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


def test_a_frozen_broker_is_told(desk: Desk) -> None:
    """The broker stands still: lag is not known, senders are deferred, and services are not ready."""
    desk.broker.pause()
    try:
        for alert in ("CopydeskLagUnknown", "CopydeskSendersDeferred"):
            desk.prometheus.wait_for(alert)
        desk.prometheus.wait_for("CopydeskNotReady")
    finally:
        desk.broker.resume()
    desk.revive()


def test_silence_is_told(desk: Desk) -> None:
    """The senders stop."""
    desk.traffic.pause()
    try:
        desk.prometheus.wait_for("CopydeskNothingComesIn", within=240)
    finally:
        desk.traffic.resume()


def test_nothing_was_lost_from_the_books(desk: Desk) -> None:
    """After all these faults every article that was taken has its outcome: that alert never fired."""
    assert not desk.prometheus.has_fired("CopydeskArticlesUnaccounted", 3_600)
    assert not desk.prometheus.has_fired("CopydeskLostToRetention", 3_600)
