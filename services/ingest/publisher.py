"""The raw topic's one writer in this process: a port with one method, and its Kafka adapter."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError, RecordTooLargeError

from services.contracts.topics import DECLARED, RAW
from services.errors import ConfigurationError, CopydeskError, PermanentError, TransientError
from services.ingest.normalise import Publication
from services.outcomes import Reason, Stage
from services.runtime.kafka.clients import build_producer, translate, within
from services.runtime.kafka.topics import create_topics
from services.runtime.service.metrics import Metrics
from services.runtime.service.retries import Retrier, RetryPolicy
from services.runtime.service.settings import KafkaSettings

CLIENT_ID = "copydesk-ingest"
PROBE_INTERVAL = 1.0
"""Seconds between two looks whether the broker answers: how long a sender waits in vain at most, once it is away."""
PROBE_TIMEOUT = 5.0
"""Seconds; a busy broker answers a metadata request later than it acknowledges a record."""
CONNECT_RETRIES = RetryPolicy(attempts=None)
"""Policy for connecting to Kafka: try until it answers. A wait is 5 s at most, so its return is noticed soon."""
STOP_TIMEOUT = 2.0
"""Seconds: when a producer is stopped its senders have their answers; what is left in it would only repeat them."""

TOO_LARGE = (MessageSizeTooLargeError, RecordTooLargeError)

logger = structlog.get_logger()

PublishResult = CopydeskError | None
"""None: acknowledged by all in-sync replicas."""


class Publisher(Protocol):
    """Where publications go."""

    async def publish(self, publications: Sequence[Publication]) -> list[PublishResult]:
        """Publish in order; answers for each, within a bounded time, whether the broker acknowledged it.

        TransientError: not acknowledged (it may still arrive; publishing again is the same article).
        PermanentError: the broker will never take it. Raises nothing but CancelledError.
        """
        ...


class KafkaPublisher:
    """Publishes through one idempotent producer, which `run` makes, watches and replaces."""

    def __init__(
        self, settings: KafkaSettings, metrics: Metrics, *, publish_timeout: float, on_ready: Callable[[bool], None]
    ) -> None:
        self._settings = settings
        self._retrier = Retrier(Stage.INGEST, metrics, CONNECT_RETRIES)
        self._publish_timeout = publish_timeout
        self._on_ready = on_ready
        self._producer: AIOKafkaProducer | None = None
        self._reachable = False
        self._broken = asyncio.Event()

    async def run(self) -> None:
        """Keep a producer connected until cancelled. Raises ConfigurationError for a topic with other partitions."""
        while True:
            producer = await self._retrier.call("connect to Kafka", self._connect)
            self._producer = producer
            self._broken.clear()
            try:
                await self._watch(producer)
            finally:
                self._producer = None
                self._tell_reachable(False)
                await self._stop(producer)

    async def publish(self, publications: Sequence[Publication]) -> list[PublishResult]:
        """See Publisher. Answers at once while the broker is known to be away."""
        producer = self._producer
        if producer is None or not self._reachable:
            return [_unavailable("the broker is away") for _ in publications]
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._publish_timeout
        sent = [await self._send(producer, publication, deadline - loop.time()) for publication in publications]
        futures = {item for item in sent if isinstance(item, asyncio.Future)}
        if futures:
            await asyncio.wait(futures, timeout=max(0.0, deadline - loop.time()))
        return [self._judge(item) for item in sent]

    async def _send(
        self, producer: AIOKafkaProducer, publication: Publication, seconds: float
    ) -> asyncio.Future[object] | CopydeskError:
        """The delivery's future; aiokafka holds a batch a partition and makes further senders wait here."""
        if seconds <= 0:
            return _unavailable("no time was left")
        record = producer.send(RAW, publication.value, key=publication.key, headers=[*publication.headers])
        try:
            future: asyncio.Future[object] = await within(seconds, "publish", record)
        except CopydeskError as error:
            return self._translate(error.__cause__ if isinstance(error.__cause__, KafkaError) else None, error)
        # One that is given up must not complain later that nobody asked for its exception.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return future

    def _judge(self, sent: asyncio.Future[object] | CopydeskError) -> PublishResult:
        if isinstance(sent, CopydeskError):
            return sent
        if not sent.done():
            return _unavailable(f"no acknowledgement within {self._publish_timeout:g} s")
        error = None if sent.cancelled() else sent.exception()
        if sent.cancelled():
            return _unavailable("the producer was stopped")
        if isinstance(error, TOO_LARGE):
            # Refused by the broker, after the producer had numbered it.
            self._broken.set()
        if isinstance(error, KafkaError):
            return self._translate(error, translate("publish", error))
        return None if error is None else self._translate(None, CopydeskError(f"publish: {error!r}"))

    def _translate(self, cause: KafkaError | None, error: CopydeskError) -> CopydeskError:
        if isinstance(cause, TOO_LARGE):
            return PermanentError(str(error), reason=Reason.TOO_LARGE, stage=Stage.INGEST)
        if not isinstance(error, TransientError) and not isinstance(cause, KafkaTimeoutError):
            # After such a refusal the producer's sequence numbers may be off: only a new producer is sure.
            logger.error("producer_broken", error=str(error))
            self._broken.set()
        return _unavailable(str(error))

    async def _connect(self) -> AIOKafkaProducer:
        """Create the topics and start a producer.

        Raises ConfigurationError when a topic is not as declared, TransientError for every other failure.
        """
        producer: AIOKafkaProducer | None = None
        try:
            await create_topics(self._settings, DECLARED)
            producer = build_producer(self._settings, client_id=CLIENT_ID)
            await within(self._settings.request_timeout, "start the producer", producer.start())
            if not await self._probe(producer):
                raise TransientError(f"topic {RAW} has no leader yet")
        except BaseException as error:
            if producer is not None:
                await self._stop(producer)
            if isinstance(error, CopydeskError) and not isinstance(error, ConfigurationError):
                raise TransientError(str(error)) from error
            raise
        return producer

    async def _watch(self, producer: AIOKafkaProducer) -> None:
        """Look whether the broker answers, until the producer is broken."""
        while not self._broken.is_set():
            self._tell_reachable(await self._probe(producer))
            try:
                async with asyncio.timeout(PROBE_INTERVAL):
                    await self._broken.wait()
            except TimeoutError:
                continue

    async def _probe(self, producer: AIOKafkaProducer) -> bool:
        """Whether a broker answers a metadata request and the raw topic has a leader."""
        try:
            async with asyncio.timeout(PROBE_TIMEOUT):
                cluster = await producer.client.fetch_all_metadata()
        except (KafkaError, TimeoutError):
            return False
        return bool(cluster.available_partitions_for_topic(RAW))

    def _tell_reachable(self, reachable: bool) -> None:
        if reachable != self._reachable:
            logger.info("broker_reachable" if reachable else "broker_unreachable")
        self._reachable = reachable
        self._on_ready(reachable)

    async def _stop(self, producer: AIOKafkaProducer) -> None:
        """Flush what the broker takes at once, and close."""
        try:
            await within(STOP_TIMEOUT, "stop the producer", producer.stop())
        except CopydeskError as error:
            logger.warning("producer_not_flushed", error=str(error))
            with contextlib.suppress(CopydeskError):
                await within(STOP_TIMEOUT, "close the producer's connections", producer.client.close())


def _unavailable(message: str) -> TransientError:
    return TransientError(message, reason=Reason.BROKER_UNAVAILABLE, stage=Stage.INGEST)
