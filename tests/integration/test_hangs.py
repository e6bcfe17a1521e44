"""Hangs that are known from the issue trackers of faust-streaming, its ancestor robinhood/faust, and aiokafka.

Each test reproduces one and checks that annotate or a lane survives it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from services.contracts import topics
from services.embedded import EmbeddedKafka, EmbeddedSettings
from services.outcomes import Reason
from services.runtime.kafka.topics import create_topics
from services.runtime.service.lifecycle import EXIT_DEADLINE
from services.runtime.service.settings import KafkaSettings, name_variable
from tests.integration.chain_stage import Chain, extend
from tests.support import fake_pipeline as fakes
from tests.support.kafka_records import read_records, send_values
from tests.support.raw_topic import RawTopic, encode_article, find_id
from tests.support.stage_processes import StageProcess, run_stage_process

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]

ROUNDS = int(os.environ.get("HANG_ROUNDS", "3"))
"""Number of rebalances during a shutdown."""
SHUTDOWN = 15
"""Shutdown deadline in these tests, in seconds."""
MARGIN = 60
"""Further seconds that a busy machine may need."""
REQUEST = 5
"""Request timeout in seconds in the test in which the broker is paused."""


@contextmanager
def run_annotate(
    raw: RawTopic, folder: Path, *, seconds: str = "0.01", environ: Mapping[str, str] | None = None
) -> Iterator[StageProcess]:
    """Run annotate with the fake pipeline."""
    settings = {**raw.environ, name_variable("lifecycle", "shutdown_deadline"): str(SHUTDOWN), **(environ or {})}
    log = folder / f"{uuid4().hex}.log"
    with run_stage_process(
        "tests.support.annotate_stage", seconds, bootstrap_servers=raw.servers, log=log, environ=settings
    ) as stage:
        yield stage


async def stop(stage: StageProcess) -> int:
    """Send SIGTERM and return the exit code. Fails when the stop takes longer than the deadline and the margin."""
    began = time.monotonic()
    stage.signal(signal.SIGTERM)
    code = await asyncio.to_thread(stage.wait, SHUTDOWN + MARGIN)
    assert time.monotonic() - began < SHUTDOWN + MARGIN
    return code


async def test_a_rebalance_that_arrives_during_sigterm(kafka: str, tmp_path: Path) -> None:
    """A member that is asked to stop while others join ends, and no article is lost (robinhood/faust#402, #458)."""
    raw = RawTopic(kafka)
    await raw.begin()
    values = [encode_article(f"Report number {number} from the harbour.") for number in range(150)]
    with run_annotate(raw, tmp_path) as stays, run_annotate(raw, tmp_path) as leaves:
        for stage in (stays, leaves):
            await asyncio.to_thread(stage.wait_ready, 120)
        sending = asyncio.create_task(raw.send(values))
        for _ in range(ROUNDS):
            with run_annotate(raw, tmp_path) as joins:
                # It joins the group about now, so that all members join again.
                await asyncio.to_thread(joins.wait_for, "worker_started", within=120)
                assert await stop(leaves) in (0, EXIT_DEADLINE)
                await asyncio.to_thread(joins.wait_ready, 120)
                leaves.restart()
                await asyncio.to_thread(leaves.wait_for, "worker_started", within=120)
        await sending
        found = await raw.read_annotated(map(find_id, values), within=180)
    assert set(map(find_id, values)) <= found.keys()


async def test_sigterm_with_an_event_that_is_never_acknowledged(kafka: str, tmp_path: Path) -> None:
    """The shutdown deadline ends a process in which faust waits for an article for ever.

    No offset after the article is committed, and the next process dead-letters it at its deadline
    (faust-streaming#315, robinhood/faust#604).
    """
    raw = RawTopic(kafka)
    await raw.begin()
    values = [encode_article("One."), encode_article(fakes.HANG), encode_article("Two.")]
    await raw.send(values, partition=0)
    endless = {name_variable("annotate", "article_deadline"): "3600"}
    with run_annotate(raw, tmp_path, environ=endless) as stage:
        await asyncio.to_thread(stage.wait_for, "partitions_assigned", within=120)
        await asyncio.sleep(2.0)
        assert await stop(stage) == EXIT_DEADLINE
    assert (await raw.read_committed())[0] == 0
    with run_annotate(raw, tmp_path, environ={name_variable("annotate", "article_deadline"): "2"}):
        [(letter, record)] = await raw.read_dead(1, within=180)
        await raw.read_annotated([find_id(values[0]), find_id(values[2])], within=180)
    assert (letter.reason, record.value) == (Reason.TIMED_OUT, values[1])


async def test_a_broker_that_is_paused_inside_a_transaction(
    embedded_settings: EmbeddedSettings, tmp_path: Path
) -> None:
    """A transaction whose coordinator does not answer ends the process at the deadline.

    The next process continues at the last commit (aiokafka#1145).
    """
    with EmbeddedKafka.start(embedded_settings) as broker:
        servers = broker.bootstrap_servers
        chain = Chain(name="frozen", transaction_records=5)
        await create_topics(KafkaSettings(bootstrap_servers=servers), chain.declare())
        values = [f"value {number}".encode() for number in range(600)]
        environ = {name_variable("kafka", "request_timeout"): str(REQUEST)}
        with run_stage_process(
            "tests.integration.chain_stage", chain.model_dump_json(), bootstrap_servers=servers,
            log=tmp_path / "log", environ=environ,
        ) as stage:  # fmt: skip
            await send_values(servers, chain.name, values[:100])
            await read_records(servers, chain.output, 1, lambda records: len(records) >= 100, within=120)
            await send_values(servers, chain.name, values[100:])
            # A lane that only polls would wait for the broker to return; this one has started a transaction.
            await read_records(servers, chain.output, 1, lambda records: len(records) > 100, within=120)
            broker.pause()
            try:
                assert await asyncio.to_thread(stage.wait, 6 * REQUEST + MARGIN) != 0
            finally:
                broker.resume()
            stage.restart()
            records = await read_records(servers, chain.output, 1, lambda seen: len(seen) >= len(values), within=180)
    assert [record.value for record in records] == values
    link = ""
    for record in records:
        link = extend(link, record.value)
        assert dict(record.headers)["link"] == link.encode()


async def test_a_member_that_the_group_forgot(kafka: str, tmp_path: Path) -> None:
    """A process that was paused until its group had expelled it joins again or ends; no article is lost either way.

    See faust-streaming#166 and #629.
    """
    raw = RawTopic(kafka)
    await raw.begin()
    values = [encode_article(f"Story number {number} from the court.") for number in range(60)]
    with run_annotate(raw, tmp_path) as stage:
        await asyncio.to_thread(stage.wait_ready, 120)
        await raw.send(values[:30])
        stage.signal(signal.SIGSTOP)
        # Longer than the session timeout of six seconds.
        await asyncio.sleep(9.0)
        await raw.send(values[30:])
        stage.signal(signal.SIGCONT)
        reading = asyncio.create_task(raw.read_annotated(map(find_id, values), within=180))
        while not reading.done():
            if stage.process.poll() is not None:
                stage.restart()
            await asyncio.sleep(0.2)
        found = await reading
    assert set(map(find_id, values)) <= found.keys()
    assert await raw.count(topics.dead_letter_topic(topics.RAW)) == 0
