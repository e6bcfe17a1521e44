"""The page on a real broker: what it reads, the raw text that it finds, and the command."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from services.cli.kafka.connection import BOOTSTRAP
from services.contracts import topics
from services.contracts.raw import RawArticle
from services.embedded.ports import find_free_port
from services.page.kafka.raw_lookup import RawTextFinder
from services.page.kafka.reader import TAIL_OFFSETS, open_reader
from services.page.views.summary import EventFilter
from services.page.windows.events import EventWindow
from services.runtime.kafka.clients import build_producer
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings
from tests.support.page_events import build_page_event, build_story

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

COPYDESK = [sys.executable, "-m", "services.cli"]


async def wait_until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return when the condition holds. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.05)


async def test_the_page_reads_what_is_committed(broker: str) -> None:
    """The window has committed events, stories and routes, those of a new route too; the page joins no group."""
    kafka = KafkaSettings(bootstrap_servers=broker)
    window = EventWindow()
    async with build_producer(kafka, client_id="test", transactional_id="page-test") as producer:

        async def send(article_id: str, topic: str = topics.ENRICHED, value: bytes | None = None) -> None:
            event = build_page_event(article_id)
            await producer.send(topic, value or event.to_bytes(), key=article_id.encode())

        async with producer.transaction():
            await send("before")
        async with open_reader(kafka, window):
            await wait_until(lambda: window.find("before") is not None)
            async with producer.transaction():
                await send("after")
                await send("broken", value=b"{}")
            await wait_until(lambda: window.find("after") is not None and window.unreadable == 1)
            await producer.begin_transaction()
            await send("aborted")
            await producer.abort_transaction()
            await create_topics(kafka, [topics.route_topic("page-later")])
            async with producer.transaction():
                await producer.send(topics.STORIES, build_story("before").to_bytes(), key=b"before")
                await producer.send(topics.STORIES, b"{}", key=b"broken")
            stories = window.stories
            await wait_until(lambda: stories.find("before") is not None and stories.unreadable == 1)
            async with producer.transaction():
                await send("after", topic=topics.routed_topic("page-later"), value=b"any form")
                await send("last")

            def has_route() -> bool:
                entry = window.find("after")
                return entry is not None and entry.routes == ("page-later",)

            await wait_until(has_route)
            await wait_until(lambda: window.find("last") is not None)
            assert window.find("aborted") is None
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    try:
        groups = [name for name, *_ in await admin.list_consumer_groups()]
    finally:
        await admin.close()
    assert not [name for name in groups if "page" in name]


async def test_a_start_reads_the_ends_of_the_topics(broker: str) -> None:
    """The page begins with the newest events and leaves the older ones out."""
    kafka = KafkaSettings(bootstrap_servers=broker)
    async with build_producer(kafka, client_id="test") as producer:
        for number in range(TAIL_OFFSETS + 50):
            event = build_page_event(f"many-{number}")
            await producer.send(topics.ENRICHED, event.to_bytes(), key=event.id.encode(), partition=3)
        await producer.flush()
    window = EventWindow()
    async with open_reader(kafka, window):
        await wait_until(lambda: window.find(f"many-{TAIL_OFFSETS + 49}") is not None)
    assert window.find("many-0") is None
    assert len(window.list_newest(EventFilter(), 10_000)) >= TAIL_OFFSETS


async def test_the_raw_text_is_found_by_its_time_and_hash(broker: str) -> None:
    """The raw topic's record of an event is found among others, and a wrong hash finds none."""
    kafka = KafkaSettings(bootstrap_servers=broker)
    wanted = RawArticle(content="Home\nSnow closed the port of Tromsø.", url="https://a.example/1")
    others = [RawArticle(content=f"Another article, number {number}.") for number in range(50)]
    async with build_producer(kafka, client_id="test") as producer:
        sent = [await producer.send(topics.RAW, each.to_bytes(), key=b"k") for each in (*others, wanted, *others)]
        await producer.send(topics.RAW, b"not json", key=b"k")
        await producer.flush()
    record = await sent[len(others)]
    event = build_page_event()
    arrived = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    article = event.article.model_copy(update={"ingested_at": arrived})
    digest = hashlib.sha256(wanted.content.encode()).hexdigest()
    cleaning = event.cleaning.model_copy(update={"raw_sha256": digest})
    finder = RawTextFinder(kafka)
    try:
        assert await finder.find(event.model_copy(update={"article": article, "cleaning": cleaning})) == wanted.content
        assert await finder.find(event.model_copy(update={"article": article})) is None
        assert await finder.find(event) is None
    finally:
        await finder.close()


def test_the_command_serves_until_it_is_stopped(broker: str) -> None:
    """`copydesk page` prints its address, answers there, and ends with 0 on SIGTERM, with an open stream too."""
    port = find_free_port()
    command = [*COPYDESK, "page", "--port", str(port)]
    environ = {**os.environ, BOOTSTRAP: broker}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().split() == ["page", f"http://127.0.0.1:{port}"]
            assert "Stream" in httpx.get(f"http://127.0.0.1:{port}/").text
            with httpx.stream("GET", f"http://127.0.0.1:{port}/stream") as stream:
                assert next(stream.iter_text()).startswith("retry:")
                process.send_signal(signal.SIGTERM)
                assert process.wait(20) == 0
        finally:
            process.kill()


def test_without_a_broker_the_command_ends_with_one_line() -> None:
    """A Kafka that does not answer is named, with its address."""
    address = f"127.0.0.1:{find_free_port()}"
    done = subprocess.run(
        [*COPYDESK, "page", "--bootstrap-servers", address], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert address in done.stderr
    assert "Traceback" not in done.stderr
