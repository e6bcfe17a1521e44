"""faust as annotate uses it: one app without tables, an idempotent producer, raw bytes, every setting explicit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import faust
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from faust.auth import Credentials, OAuthCredentials, SASLCredentials, SSLCredentials
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Producer, Transport
from mode.services import WaitResults

from services.processor.annotate.settings import AnnotateSettings
from services.processor.annotate.stream.batch_reader import Intake
from services.runtime.kafka.clients import (
    FETCH_PARTITION_BYTES,
    FETCH_WAIT_MS,
    HEARTBEATS_PER_SESSION,
    MAX_REQUEST_BYTES,
    PRODUCER_BATCH_BYTES,
)
from services.runtime.kafka.header_names import accept_any_header_name
from services.runtime.kafka.security import Security, build_security
from services.runtime.service.settings import KafkaSettings

FAUST_LOGGER = logging.getLogger("faust.annotate")
"""Below faust's own, so that what our subclasses say of starting and stopping is as quiet."""
COMMIT_INTERVAL = 1.0
"""Seconds between commits: the most that a crash repeats."""
HANDING_ON = 2
"""What the reading loop waits for at once: a record handed on, the flow suspended. Other callers wait for one."""
SATED_PAUSE = 0.05
"""Seconds until a consumer that has enough looks again."""
REBALANCE_TIMEOUT = 60.0
"""Seconds that a member may take to finish its batch in a rebalance; beyond, it is thrown out and its batch repeats."""


class IdempotentProducer(Producer):
    """faust's producer is idempotent with its own exactly-once alone, which does not hold."""

    logger = FAUST_LOGGER

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}


class PromptThread(AIOKafkaConsumerThread):
    """faust has a fetch wait 1.5 s at the broker, and a partition that was emptied meanwhile waits with it."""

    logger = FAUST_LOGGER

    def _create_worker_consumer(self, transport: Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer


class PromptConsumer(Consumer):
    """Fetches promptly, and does without faust's check for slow streams: it reads figures of faust's own iteration,
    which our intake goes around; ours is `stuck.StuckPartitionDetector`."""

    logger = FAUST_LOGGER
    intake: Intake | None = None
    """Where what is fetched goes; without one faust's own ways hold."""

    async def _getmany(self, active_partitions: set[Any] | None, timeout: float) -> Any:
        if self.intake is not None and self.intake.is_sated():
            await asyncio.sleep(SATED_PAUSE)
            return {}
        return await super()._getmany(active_partitions, timeout)

    async def wait_first(self, *coros: Any, timeout: Any = None) -> WaitResults:
        """Hand a record on without waiting, where nothing can make it wait.

        faust waits for each record in four tasks, one of which puts it into the stream's queue while the others look
        whether the flow is suspended or the service ends: a quarter of its time, and the reader of the queue wakes up
        for one record where it could take a batch. A queue with room never waits.
        """
        if len(coros) != HANDING_ON or self.intake is None or not self.intake.has_room():
            return await super().wait_first(*coros, timeout=timeout)
        handed_on, suspended = coros
        suspended.close()
        return WaitResults([handed_on], [await handed_on], stopped=False)

    def on_buffer_full(self, tp: object) -> None:
        """Do nothing: a queue that is full makes the reading loop wait, and one that has room again lets it go on.

        faust takes a partition out when the queue is four fifths full, and with all of them out sleeps for a second.
        """

    def _new_consumer_thread(self) -> PromptThread:
        return PromptThread(self, loop=self.loop, beacon=self.beacon)

    def verify_event_path(self, now: float, tp: object) -> None:
        """Say nothing."""


class KafkaTransport(Transport):
    """The driver with both."""

    Consumer = PromptConsumer
    Producer = IdempotentProducer


class Untouched(faust.Schema[bytes, bytes]):
    """Bytes as they are: an error while faust decodes acknowledges the record and loses it."""

    def compile(self, app: Any, **_: Any) -> Callable[..., Awaitable[Any]]:
        """The function that turns a message into an event."""

        async def decode(message: Any, **_: Any) -> Any:
            return app.create_event(message.key, message.value, None, message)

        return decode


class FolderlessApp(faust.App):
    """An app that writes nothing: what one keeps in folders are tables, and there are none."""

    def _create_directories(self) -> None:
        """Make none: a process that is killed would leave them behind."""


def build_app(kafka: KafkaSettings, annotate: AnnotateSettings) -> faust.App:
    """The app, not started."""
    accept_any_header_name()
    servers = [f"kafka://{server.strip()}" for server in kafka.bootstrap_servers.split(",")]
    app = FolderlessApp(
        annotate.group,
        # Its settings come from here alone and not from variables such as BROKER_SESSION_TIMEOUT.
        env={},
        broker=servers,
        broker_credentials=build_credentials(build_security(kafka)),
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=f"{annotate.group}-{kafka.instance}" if kafka.instance else None,
        consumer_max_fetch_size=FETCH_PARTITION_BYTES,
        broker_client_id="copydesk-annotate",
        broker_commit_interval=COMMIT_INTERVAL,
        broker_session_timeout=kafka.session_timeout,
        broker_heartbeat_interval=kafka.session_timeout / HEARTBEATS_PER_SESSION,
        broker_rebalance_timeout=REBALANCE_TIMEOUT,
        # faust wants it no shorter than the session.
        broker_request_timeout=max(kafka.request_timeout, kafka.session_timeout),
        broker_max_poll_records=annotate.buffered_articles,
        stream_buffer_maxsize=annotate.buffered_articles,
        producer_linger=0,
        producer_max_batch_size=PRODUCER_BATCH_BYTES,
        producer_max_request_size=MAX_REQUEST_BYTES,
        producer_request_timeout=kafka.request_timeout,
    )
    app.finalize()
    app.transport = KafkaTransport(app.conf.broker_consumer, app)
    app.producer_transport = KafkaTransport(app.conf.broker_producer, app)
    return app


def build_credentials(security: Security) -> Credentials | None:
    """How faust's clients prove who they are: as ours do."""
    if security.tokens is not None:
        return OAuthCredentials(oauth_cb=security.tokens, ssl_context=security.tls)
    if security.sasl is not None:
        return SASLCredentials(
            mechanism=security.sasl.mechanism,
            username=security.sasl.username,
            password=security.sasl.read_password(),
            ssl_context=security.tls,
        )
    return SSLCredentials(security.tls) if security.tls is not None else None


def find_producer(app: faust.App) -> AIOKafkaProducer:
    """The client under faust's producer: its sends are awaited to the broker's answer, faust's own end in a queue."""
    producer = cast(IdempotentProducer, app.producer)
    return producer._ensure_producer()


def find_consumer(app: faust.App) -> PromptConsumer:
    """Our consumer in the app."""
    return cast(PromptConsumer, app.consumer)
