"""Tests of ingest on a real broker."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from services.contracts.headers import RAW_TYPE, find_header
from services.contracts.raw import RawArticle
from services.contracts.topics import PARTITIONS, RAW
from services.embedded import EmbeddedKafka, EmbeddedSettings
from services.ingest.normalise import Publication
from services.ingest.publisher import KafkaPublisher
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import PREFIX, KafkaSettings, name_variable
from tests.support.kafka_records import read_committed_records
from tests.support.publisher_behaviour import PublisherBehaviour, Subject
from tests.support.stage_processes import STARTED, StageProcess, run_stage_process

pytestmark = pytest.mark.kafka

PATH = "/v1/articles"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
PUBLISH_TIMEOUT = 3.0
EPHEMERAL = {
    name_variable("ingest", "port"): "0",
    name_variable("ingest", "publish_timeout"): str(PUBLISH_TIMEOUT),
}


@pytest.fixture(scope="module")
def frail(embedded_settings: EmbeddedSettings) -> Iterator[EmbeddedKafka]:
    """A broker of this module alone, which tests stop and kill. Each test leaves it running."""
    with EmbeddedKafka.start(embedded_settings) as broker:
        yield broker


@pytest.fixture
def ingest(kafka: str, tmp_path: Path) -> Iterator[StageProcess]:
    """The service as a process that is ready."""
    with run_stage_process(
        "services.ingest", bootstrap_servers=kafka, log=tmp_path / "log", environ=EPHEMERAL
    ) as stage:
        stage.wait_ready()
        yield stage


def find_url(stage: StageProcess) -> str:
    [started] = stage.wait_for(STARTED)
    return f"http://127.0.0.1:{started['port']}"


async def read_publications(servers: str) -> dict[str, Publication]:
    """Read the records of the raw topic, by article id."""
    found = {}
    for record in await read_committed_records(servers, RAW, PARTITIONS):
        assert record.key is not None
        headers = tuple((name, bytes(value)) for name, value in record.headers)
        source = RawArticle.model_validate_json(record.value).source
        found[record.key.decode()] = Publication(record.key.decode(), record.key, record.value, headers, source)
    return found


class TestKafkaPublisher(PublisherBehaviour):
    """The behaviour of every publisher, tested on a real broker."""

    @pytest.fixture
    async def subject(self, frail: EmbeddedKafka) -> AsyncIterator[Subject]:
        servers = frail.bootstrap_servers
        ready, away = asyncio.Event(), asyncio.Event()

        def set_ready(is_ready: bool) -> None:
            ready.set() if is_ready else ready.clear()
            away.clear() if is_ready else away.set()

        publisher = KafkaPublisher(
            KafkaSettings(bootstrap_servers=servers),
            Metrics("test"),
            publish_timeout=PUBLISH_TIMEOUT,
            on_ready=set_ready,
        )
        task = asyncio.create_task(publisher.run())
        async with asyncio.timeout(30):
            await ready.wait()
        before = set(await read_publications(servers))

        async def read() -> list[Publication]:
            found = await read_publications(servers)
            return [item for article_id, item in found.items() if article_id not in before]

        async def start_broker() -> None:
            await asyncio.to_thread(frail.restart)
            async with asyncio.timeout(30):
                await ready.wait()

        async def stop_broker() -> None:
            await asyncio.to_thread(frail.stop)

        yield Subject(publisher, read, stop_broker, start_broker)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_post_is_a_record(ingest: StageProcess, kafka: str) -> None:
    """A posted article is on the raw topic, with its id as key, CloudEvents headers and the sender's trace."""
    article = {"content": f"Article {random.random()}", "url": "https://www.news.example/a?utm_source=x"}
    async with httpx.AsyncClient(base_url=find_url(ingest)) as client:
        response = await client.post(PATH, json=article, headers={"traceparent": TRACE})
    assert response.status_code == 202
    record = (await read_publications(kafka))[response.json()["id"]]
    headers = dict(record.headers)
    assert (headers["ce_id"], headers["ce_type"]) == (record.key, RAW_TYPE.encode())
    assert find_header(record.headers, "traceparent") == TRACE.encode()
    assert RawArticle.model_validate_json(record.value) == RawArticle(**article, source="news.example")


async def test_twenty_megabytes(ingest: StageProcess) -> None:
    """An article of 20 MB is answered with 413 over a real connection, which then serves the next request."""
    async with httpx.AsyncClient(base_url=find_url(ingest), timeout=30) as client:
        response = await client.post(PATH, content=b"x" * 20_000_000, headers={"content-type": "text/plain"})
        assert (response.status_code, response.json()["reason"]) == (413, "too_large")
        assert (await client.post(PATH, json={"content": "next"})).status_code == 202


async def test_a_killed_broker_gives_503_until_it_is_back(frail: EmbeddedKafka, tmp_path: Path) -> None:
    """Senders get 503 within the deadline after the broker was killed, and 202 once it is back."""
    log = tmp_path / "log"
    with run_stage_process(
        "services.ingest", bootstrap_servers=frail.bootstrap_servers, log=log, environ=EPHEMERAL
    ) as stage:
        stage.wait_ready()
        async with httpx.AsyncClient(base_url=find_url(stage), timeout=30) as client:
            frail.kill()
            for _ in range(3):
                started = time.monotonic()
                response = await client.post(PATH, json={"content": "while it is away"})
                assert (response.status_code, response.json()["reason"]) == (503, "broker_unavailable")
                assert int(response.headers["retry-after"]) > 0
                assert time.monotonic() - started < PUBLISH_TIMEOUT + 2
            stage.wait_for("broker_disconnected")
            assert stage.fetch("/ready")[0] == 503
            assert stage.fetch("/live")[0] == 200
            await asyncio.to_thread(frail.restart)
            stage.wait_ready()
            response = await client.post(PATH, json={"content": "back again"})
    assert response.status_code == 202
    assert response.json()["id"] in await read_publications(frail.bootstrap_servers)


async def test_silent_broker(frail: EmbeddedKafka, tmp_path: Path) -> None:
    """Senders get 503 within the deadline while the broker accepts connections but does not answer."""
    with run_stage_process(
        "services.ingest", bootstrap_servers=frail.bootstrap_servers, log=tmp_path / "log", environ=EPHEMERAL
    ) as stage:
        stage.wait_ready()
        async with httpx.AsyncClient(base_url=find_url(stage), timeout=30) as client:
            frail.pause()
            try:
                started = time.monotonic()
                response = await client.post(PATH, json={"content": "into the silence"})
            finally:
                frail.resume()
            assert response.status_code == 503
            assert time.monotonic() - started < PUBLISH_TIMEOUT + 2
            stage.wait_ready()
            async with asyncio.timeout(30):
                while (await client.post(PATH, json={"content": "heard again"})).status_code != 202:
                    await asyncio.sleep(0.1)


async def test_starts_before_the_broker(
    embedded_settings: EmbeddedSettings, frail: EmbeddedKafka, tmp_path: Path
) -> None:
    """The service answers 503 if it starts before the broker, and becomes ready when the broker starts."""
    frail.stop()
    with run_stage_process(
        "services.ingest", bootstrap_servers=frail.bootstrap_servers, log=tmp_path / "log", environ=EPHEMERAL
    ) as stage:
        async with httpx.AsyncClient(base_url=find_url(stage), timeout=30) as client:
            assert (await client.post(PATH, json={"content": "too early"})).status_code == 503
            await asyncio.to_thread(frail.restart)
            stage.wait_ready()
            assert (await client.post(PATH, json={"content": "in time"})).status_code == 202


async def post_until_disconnected(url: str, run: str, accepted: list[str]) -> None:
    """Post batches and single articles until the connection breaks."""
    async with httpx.AsyncClient(base_url=url, timeout=10) as client:
        for number in range(10**6):
            batch = [{"content": f"{run} {number} {item}"} for item in range(20)]
            body: object = batch if number % 2 else batch[0]
            try:
                response = await client.post(PATH, json=body)
            except httpx.TransportError:
                return
            if response.status_code == 202:
                answer = response.json()
                accepted.extend(item["id"] for item in answer["results"]) if number % 2 else accepted.append(
                    answer["id"]
                )


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_accepted_articles_survive_a_kill_and_a_stop(kafka: str, tmp_path: Path, how: str) -> None:
    """Every id that was answered with 202 is on the topic, whether the service was killed or stopped."""
    accepted: list[str] = []
    with run_stage_process(
        "services.ingest", bootstrap_servers=kafka, log=tmp_path / "log", environ=EPHEMERAL
    ) as stage:
        stage.wait_ready()
        url = find_url(stage)
        async with asyncio.TaskGroup() as tasks:
            for sender in range(4):
                tasks.create_task(post_until_disconnected(url, f"{how} {sender} {random.random()}", accepted))
            async with asyncio.timeout(30):
                while len(accepted) < 500:
                    await asyncio.sleep(0.01)
            if how == "kill":
                stage.kill()
            else:
                assert await asyncio.to_thread(stage.stop) == 0
    assert len(accepted) >= 500
    assert set(accepted) <= set(await read_publications(kafka))


async def test_folder_survives_kills(kafka: str, tmp_path: Path) -> None:
    """Every article of a folder is on the topic and every file moved, after the service was killed several times."""
    folder = tmp_path / "in"
    folder.mkdir()
    run = random.random()
    contents = [[f"{run} file {file} line {line}" for line in range(300)] for file in range(6)]
    for number, lines in enumerate(contents):
        (folder / f"{number}.jsonl").write_text("".join(json.dumps({"text": line}) + "\n" for line in lines))
    environ = {**EPHEMERAL, name_variable("ingest", "folder"): str(folder)}
    environ[name_variable("ingest", "folder_interval")] = "0.05"
    with run_stage_process("services.ingest", bootstrap_servers=kafka, log=tmp_path / "log", environ=environ) as stage:
        for kills in range(1, 4):
            stage.wait_for("article_published", count=kills * 50)
            stage.kill()
            stage.restart()
        async with asyncio.timeout(60):
            while len(list((folder / "done").glob("*.jsonl"))) < len(contents):
                await asyncio.sleep(0.05)
        assert stage.stop() == 0
    found = [RawArticle.model_validate_json(item.value).content for item in (await read_publications(kafka)).values()]
    assert {line for lines in contents for line in lines} <= set(found)


async def test_pipe_ends_the_service(kafka: str) -> None:
    """The service publishes its standard input and exits with 0 at the end of the input."""
    run = random.random()
    lines = "".join(json.dumps({"text": f"{run} {number}"}) + "\n" for number in range(200)) + "{oops\n"
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environ = {**own, **EPHEMERAL, name_variable("ingest", "stdin"): "jsonl"}
    environ[name_variable("kafka", "bootstrap_servers")] = kafka
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "services.ingest"], input=lines.encode(), env=environ, timeout=60,
        capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    found = {RawArticle.model_validate_json(item.value).content for item in (await read_publications(kafka)).values()}
    assert {f"{run} {number}" for number in range(200)} <= found


def test_taken_port_ends_with_2(ingest: StageProcess, kafka: str, tmp_path: Path) -> None:
    """A port that is in use ends the start with exit code 2."""
    port = find_url(ingest).rpartition(":")[2]
    environ = {**EPHEMERAL, name_variable("ingest", "port"): port}
    with run_stage_process(
        "services.ingest", bootstrap_servers=kafka, log=tmp_path / "other", environ=environ
    ) as stage:
        assert stage.wait() == 2
