"""The faust app of annotate: no tables, an idempotent producer, raw bytes, every setting explicit."""

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
from services.processor.annotate.stream.batch_reader import BatchReader
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
"""Child of faust's own logger: faust's log level also applies to the start and stop messages of our subclasses."""
COMMIT_INTERVAL = 1.0
"""Seconds between commits: a crash repeats at most the work of this time."""
HAND_ON_AWAITABLES = 2
"""Number of awaitables by which the reading loop's call of `wait_first` is recognised: one for a record that is handed
on, and one for a suspended flow. Other callers pass one."""
SATURATED_PAUSE = 0.05
"""Seconds that a consumer with enough records buffered waits before it checks again."""
REBALANCE_TIMEOUT = 60.0
"""Seconds that a member may need to finish its batch in a rebalance; a slower one is expelled and its batch repeats."""


class IdempotentProducer(Producer):
    """Producer whose retries cannot duplicate a record.

    faust's own producer is idempotent only with faust's exactly-once mode, which does not keep its promise.
    """

    logger = FAUST_LOGGER

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}


class PromptConsumerThread(AIOKafkaConsumerThread):
    """Consumer thread whose fetches wait at the broker only briefly, and which reads only committed records.

    faust lets a fetch wait at the broker for 1.5 s. While a fetch waits, a partition whose records are used up gets no
    new ones. faust also reads the records of transactions that are aborted later. A replay of dead letters, or
    another producer, may write to the raw topic in transactions.
    """

    logger = FAUST_LOGGER

    def _create_worker_consumer(self, transport: Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        consumer._isolation_level = "read_committed"
        return consumer


class PromptConsumer(Consumer):
    """Consumer that passes records on to a batch reader without faust's pauses and tasks."""

    logger = FAUST_LOGGER
    reader: BatchReader | None = None
    """The reader of what is fetched; without one the consumer behaves as faust's own does."""

    async def _getmany(self, active_partitions: set[Any] | None, timeout: float) -> Any:
        """Fetch nothing while the reader has enough bytes waiting."""
        if self.reader is not None and self.reader.is_saturated():
            await asyncio.sleep(SATURATED_PAUSE)
            return {}
        return await super()._getmany(active_partitions, timeout)

    async def wait_first(self, *coros: Any, timeout: Any = None) -> WaitResults:
        """Hand a record on in the calling task when the queue has room.

        For each record faust starts four tasks: one puts the record into the stream's queue, the others watch for a
        suspended flow, a stop and a crash. That costs much of faust's time, and it wakes the queue's reader up for each
        single record instead of a batch. A put into a queue with room never waits, so it needs no such watch.
        """
        if len(coros) != HAND_ON_AWAITABLES or self.reader is None or not self.reader.has_room():
            return await super().wait_first(*coros, timeout=timeout)
        handing_on, suspended = coros
        suspended.close()
        return WaitResults([handing_on], [await handing_on], stopped=False)

    def on_buffer_full(self, tp: object) -> None:
        """Do nothing: a full queue makes the reading loop wait, and room in the queue lets it continue.

        faust pauses a partition when the queue is four fifths full, and sleeps for a second when all are paused.
        """

    async def _add_gap(self, tp: object, offset_from: int, offset_to: int) -> None:
        """Do nothing: `_new_offset` needs no gaps."""

    def _new_offset(self, tp: Any) -> int | None:
        """Return the offset to commit: the one after the last acknowledged record. None without a new one.

        Records are acknowledged in order, after `OffsetChecker` has compared each gap between them with the log. faust
        searches for gaps itself. Where transactions leave them, it commits only one transaction each second, and
        nothing at all if the first transaction of a partition has one record and the next one is aborted.
        """
        acked: list[int] = self._acked[tp]
        if not acked:
            return None
        offset = max(acked) + 1
        acked.clear()
        self._acked_index[tp].clear()
        return offset

    def _new_consumer_thread(self) -> PromptConsumerThread:
        return PromptConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def verify_event_path(self, now: float, tp: object) -> None:
        """Do nothing: faust would warn here about slow streams.

        Its check reads counters of faust's own stream iteration, which our reader bypasses. Our own check for a
        partition that is not read any more is `StuckPartitionDetector`.
        """


class AnnotateTransport(Transport):
    """Transport with our consumer and our producer."""

    Consumer = PromptConsumer
    Producer = IdempotentProducer


class RawBytesSchema(faust.Schema[bytes, bytes]):
    """Schema that decodes nothing: faust acknowledges, and so loses, a record that it fails to decode."""

    def compile(self, app: Any, **_: Any) -> Callable[..., Awaitable[Any]]:
        """Return the coroutine function that turns a message into an event."""

        async def decode(message: Any, **_: Any) -> Any:
            return app.create_event(message.key, message.value, None, message)

        return decode


class FolderlessApp(faust.App):
    """App that creates no folders: faust keeps only tables in them, and there are none."""

    def _create_directories(self) -> None:
        """Do nothing: a killed process would leave the folders behind."""


def build_app(kafka: KafkaSettings, annotate: AnnotateSettings) -> faust.App:
    """Build the app without starting it; every setting that matters is explicit."""
    accept_any_header_name()
    servers = [f"kafka://{server.strip()}" for server in kafka.bootstrap_servers.split(",")]
    app = FolderlessApp(
        annotate.group,
        # The settings come from here alone, not from environment variables such as BROKER_SESSION_TIMEOUT.
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
        # faust requires a request timeout no shorter than the session.
        broker_request_timeout=max(kafka.request_timeout, kafka.session_timeout),
        broker_max_poll_records=annotate.buffered_articles,
        stream_buffer_maxsize=annotate.buffered_articles,
        producer_linger=0,
        producer_max_batch_size=PRODUCER_BATCH_BYTES,
        producer_max_request_size=MAX_REQUEST_BYTES,
        producer_request_timeout=kafka.request_timeout,
    )
    app.finalize()
    app.transport = AnnotateTransport(app.conf.broker_consumer, app)
    app.producer_transport = AnnotateTransport(app.conf.broker_producer, app)
    return app


def build_credentials(security: Security) -> Credentials | None:
    """Return the credentials of faust's clients, which authenticate as our own clients do; None without security."""
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


def get_producer(app: faust.App) -> AIOKafkaProducer:
    """Return the aiokafka client inside faust's producer.

    Its sends can be awaited until the broker answers; faust's own `send` returns when the record is in a queue.
    """
    producer = cast(IdempotentProducer, app.producer)
    return producer._ensure_producer()


def get_consumer(app: faust.App) -> PromptConsumer:
    """Return the app's consumer, which is ours."""
    return cast(PromptConsumer, app.consumer)
