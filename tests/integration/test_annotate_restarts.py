"""annotate under load: restarts, rebalances and a broker that stops lose nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from uuid import uuid4

import pytest

from services.embedded import EmbeddedKafka, EmbeddedSettings
from services.runtime.service.lifecycle import EXIT_DEADLINE
from tests.support.annotate_processes import check_all_annotated, running
from tests.support.raw_topic import RawTopic, encode_article
from tests.support.stage_processes import StageProcess

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

ROUNDS = int(os.environ.get("ANNOTATE_ROUNDS", "3"))
"""Number of restarts by each signal, and of rebalances."""
ARTICLE_SECONDS = "0.004"
"""Work per article in the tests under load: enough that a kill happens during a batch."""


class Load:
    """A background task that sends unique articles all the time."""

    def __init__(self, raw: RawTopic, *, every: float = 0.05, size: int = 6) -> None:
        self._raw = raw
        self._every = every
        self._size = size
        self._seed = uuid4().hex[:8]
        self.values: list[bytes] = []

    async def __aenter__(self) -> Load:
        self._task = asyncio.create_task(self._send())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _send(self) -> None:
        while True:
            first = len(self.values)
            values = [encode_article(f"load {self._seed} {number}") for number in range(first, first + self._size)]
            # A cancellation must not interrupt a send: articles are expected only if they were sent.
            await asyncio.shield(self._send_values(values))
            await asyncio.sleep(self._every)

    async def _send_values(self, values: list[bytes]) -> None:
        await self._raw.send(values)
        self.values.extend(values)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["sigterm", "kill-9"])
async def test_restarts_lose_nothing(raw: RawTopic, tmp_path: Path, number: signal.Signals) -> None:
    """No article is lost over several restarts under load, and an article always has the same bytes."""
    async with Load(raw) as load:
        with running(raw, tmp_path, seconds=ARTICLE_SECONDS) as stage:
            for _ in range(ROUNDS):
                await asyncio.to_thread(stage.wait_for, "article_annotated", count=20)
                stage.signal(number)
                code = await asyncio.to_thread(stage.wait)
                assert code == (0 if number is signal.SIGTERM else -signal.SIGKILL), stage.tail()
                await asyncio.to_thread(stage.restart)
            await asyncio.to_thread(stage.wait_for, "article_annotated")
            await load.__aexit__()
            repeated = await check_all_annotated(raw, load.values)
    if number is signal.SIGTERM:
        assert repeated == 0


async def test_two_workers_and_rebalances(raw: RawTopic, tmp_path: Path) -> None:
    """No article is lost or changed while a second process joins the group, leaves it and is killed."""
    async with Load(raw) as load:
        with running(raw, tmp_path, seconds=ARTICLE_SECONDS) as first:
            await asyncio.to_thread(first.wait_for, "article_annotated")
            for turn in range(ROUNDS):
                with running(raw, tmp_path, seconds=ARTICLE_SECONDS) as second:
                    await asyncio.to_thread(second.wait_for, "article_annotated", count=5)
                    if turn % 2:
                        second.kill()
                await asyncio.to_thread(first.wait_for, "article_annotated", count=10 * (turn + 1))
            await load.__aexit__()
            await check_all_annotated(raw, load.values)
            assert first.process.poll() is None, first.tail()


async def test_sigterm_in_a_rebalance(raw: RawTopic, tmp_path: Path) -> None:
    """A process that is asked to stop during a rebalance ends in time, and no article is lost."""
    async with Load(raw) as load:
        with running(raw, tmp_path, seconds=ARTICLE_SECONDS) as first:
            await asyncio.to_thread(first.wait_for, "article_annotated")
            for turn in range(ROUNDS):
                with running(raw, tmp_path, seconds=ARTICLE_SECONDS) as second:
                    await asyncio.to_thread(second.wait_for, "worker_started")
                    await asyncio.sleep(0.4 * turn / ROUNDS)
                    second.signal(signal.SIGTERM)
                    assert await asyncio.to_thread(second.wait) in (0, EXIT_DEADLINE)
            await asyncio.to_thread(
                first.wait_for, "article_annotated", count=len(first.events("article_annotated")) + 1
            )
            await load.__aexit__()
            await check_all_annotated(raw, load.values)


async def test_broker_bounce(embedded_settings: EmbeddedSettings, tmp_path: Path) -> None:
    """A broker that is stopped or killed, and then restarted, costs no article, even if annotate ends meanwhile."""
    with EmbeddedKafka.start(embedded_settings) as broker:
        raw = RawTopic(broker.bootstrap_servers)
        await raw.begin()
        values = [encode_article(f"bounced {number}") for number in range(600)]
        with running(raw, tmp_path, seconds=ARTICLE_SECONDS) as stage:
            await asyncio.to_thread(stage.wait_ready)
            for turn, bounce in enumerate((broker.stop, broker.kill)):
                await raw.send(values[turn * 200 : (turn + 1) * 200])
                await asyncio.to_thread(stage.wait_for, "article_annotated", count=20)
                await asyncio.to_thread(bounce)
                await asyncio.to_thread(broker.restart)
                await asyncio.to_thread(restart_if_ended, stage)
            await raw.send(values[400:])
            reading = asyncio.create_task(check_all_annotated(raw, values, within=90))
            while not reading.done():
                await asyncio.to_thread(restart_if_ended, stage)
                await asyncio.sleep(0.2)
            await reading


def restart_if_ended(stage: StageProcess) -> None:
    """Start the stage again if it has ended, as a container engine does."""
    if stage.process.poll() is not None:
        stage.restart()
