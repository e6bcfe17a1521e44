"""The embedded Kafka as a process: start, faults, and the end with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import NewTopic

from services.embedded import EmbeddedKafka, EmbeddedSettings
from services.errors import TransientError
from services.runtime.service.settings import KafkaSettings
from tests.support.kafka_records import open_admin

pytestmark = pytest.mark.kafka

PARENT = """
import sys
from services.embedded import EmbeddedKafka, EmbeddedSettings
from services.runtime.service.settings import KafkaSettings
from tests.support.kafka_records import open_admin
settings = EmbeddedSettings.model_validate_json(sys.argv[1])
with EmbeddedKafka.start(settings) as kafka:
    print(kafka.pid, kafka.log_file, flush=True)
    sys.stdin.read()
"""


async def send(servers: str, topic: str) -> int:
    """Send one record and return its offset."""
    producer = AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True)
    await producer.start()
    try:
        return int((await producer.send_and_wait(topic, b"x")).offset)
    finally:
        await producer.stop()


def is_alive(pid: int) -> bool:
    """Return whether the process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for_end(pid: int, seconds: float = 10.0) -> bool:
    """Wait until the process has ended; return False if it has not after so many seconds."""
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_alive(pid)


async def test_data_survive_stop_kill_and_restart(embedded_settings: EmbeddedSettings) -> None:
    """Acknowledged records exist after a clean stop and after kill -9, and the port is the same."""
    with EmbeddedKafka.start(embedded_settings) as kafka:
        servers = kafka.bootstrap_servers
        async with open_admin(KafkaSettings(bootstrap_servers=servers)) as admin:
            await admin.create_topics([NewTopic("kept", 1, 1)])
        assert await send(servers, "kept") == 0
        kafka.stop()
        kafka.restart()
        assert await send(servers, "kept") == 1
        kafka.kill()
        assert not kafka.is_running
        kafka.restart()
        assert kafka.bootstrap_servers == servers
        assert await send(servers, "kept") == 2


def test_nothing_is_left_behind(embedded_settings: EmbeddedSettings) -> None:
    """After the block neither the process nor the temporary folder exists."""
    with EmbeddedKafka.start(embedded_settings) as kafka:
        pid, folder = kafka.pid, kafka.log_file.parent
    assert wait_for_end(pid)
    assert not folder.exists()


def test_paused_broker_stops_within_its_deadline(embedded_settings: EmbeddedSettings) -> None:
    """A paused broker can be stopped."""
    with EmbeddedKafka.start(embedded_settings) as kafka:
        kafka.pause()
        pid = kafka.pid
    assert wait_for_end(pid)


@pytest.mark.parametrize("paused", [False, True])
def test_no_orphan_when_the_parent_is_killed(embedded_settings: EmbeddedSettings, paused: bool) -> None:
    """After kill -9 of the parent, the broker ends and its folder is removed, even if the broker is paused."""
    command = [sys.executable, "-c", PARENT, embedded_settings.model_dump_json()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, log_file = parent.stdout.readline().split(maxsplit=1)
        if paused:
            os.kill(int(pid), signal.SIGSTOP)
        parent.kill()
    assert wait_for_end(int(pid))
    folder = Path(log_file.strip()).parent
    deadline = time.monotonic() + 10
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not folder.exists()


def test_a_broker_that_dies_at_start_shows_its_log(embedded_settings: EmbeddedSettings, tmp_path: Path) -> None:
    """If the broker cannot run with its data, the error contains the end of its log."""
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "meta.properties").write_text("version=1\ncluster.id=other\nnode.id=7\n")
    settings = embedded_settings.model_copy(update={"data_dir": tmp_path})
    with pytest.raises(TransientError, match="node id 7"), EmbeddedKafka.start(settings):
        pass
