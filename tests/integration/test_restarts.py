"""Nothing lost and nothing seen twice while services are killed and restarted under load."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator

import pytest

from services.cli.send import Report, send
from services.cli.stack import BOOTSTRAP, MODULES, Stack, run_stack
from services.cli.tail import read_committed
from services.contracts import topics
from tests.builders import build_entries
from tests.integration.records import read_committed_records, read_until

pytestmark = [pytest.mark.kafka, pytest.mark.weights, pytest.mark.timeout(600)]

ROUNDS = int(os.environ.get("RESTART_ROUNDS", "10"))
"""Restarts of each service by each signal."""
PAUSE = 2.0
"""Seconds between two restarts: enough that work is in flight again, not that all of it is done."""
BATCH = 4
LOAD_PAUSE = 0.4
"""Seconds between two batches: below what one busy core annotates, so that the queue is worked off soon after."""


@pytest.fixture
def stack_and_log(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, object]]:
    """The four services against the embedded broker."""
    with run_stack({**os.environ, BOOTSTRAP: kafka}, tmp_path_factory.mktemp("stack")) as running:
        yield running


async def test_restarts_lose_and_double_nothing(stack_and_log: tuple[Stack, object]) -> None:
    """SIGTERM and kill -9 of each service in turn, events waiting: each article once on enriched and on each route."""
    stack, log = stack_and_log
    report = Report()
    stop = asyncio.Event()

    async def load() -> None:
        number = 0
        while not stop.is_set():
            sent = await send(stack.ingest, build_entries(range(number, number + BATCH), seed=9))
            report.ids.extend(sent.ids)
            number += BATCH
            await asyncio.sleep(LOAD_PAUSE)

    async def disturb() -> None:
        for _ in range(ROUNDS):
            for number in (signal.SIGTERM, signal.SIGKILL):
                for name in MODULES:
                    process = stack.services[name].process
                    os.kill(process.pid, number)
                    await asyncio.to_thread(process.wait, 30)
                    await asyncio.to_thread(stack.revive, log, pause=0.0)
                    await asyncio.sleep(PAUSE)

    loading = asyncio.create_task(load())
    await disturb()
    stop.set()
    await loading
    expected = set(report.ids)
    async with read_committed(stack.kafka) as consumer:
        consumer.subscribe(pattern=r"^news\.routed\..*")
        routed = await read_until(
            consumer, lambda records: expected <= {record.key.decode() for record in records}, quiet=60
        )
        routed += await read_until(consumer, lambda _: False, quiet=3)
    assert expected - {record.key.decode() for record in routed} == set()
    assert [pair for pair, times in Counter((r.topic, r.key) for r in routed).items() if times > 1] == []
    enriched = Counter(
        record.key.decode()
        for record in await read_committed_records(stack.bootstrap_servers, topics.ENRICHED, topics.PARTITIONS)
    )
    assert {article_id: enriched[article_id] for article_id in expected if enriched[article_id] != 1} == {}
