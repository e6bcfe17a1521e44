"""Publisher of the raw topic: a port with one method, and its Kafka adapter. A process has one publisher."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError, RecordTooLargeError

from services.contracts.topics import DEFAULT_LAYOUT, RAW, TopicLayout, declare_topics
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
"""Seconds between two checks that the broker answers: the longest time in which its loss goes unnoticed."""
PROBE_TIMEOUT = 5.0
"""Seconds to answer a check. A busy broker answers a metadata request later than it acknowledges a record."""
CONNECT_RETRIES = RetryPolicy(attempts=None)
"""Policy for connecting to Kafka: try until it answers. A wait is 5 s at most, so its return is noticed soon."""
STOP_TIMEOUT = 2.0
"""Seconds to stop a producer. All senders have their answers by then, so unsent records would only be repeats."""

TOO_LARGE = (MessageSizeTooLargeError, RecordTooLargeError)

logger = structlog.get_logger()

PublishResult = CopydeskError | None
"""Result of publishing one record; None means that all in-sync replicas have acknowledged it."""


class Publisher(Protocol):
    """Port to the raw topic."""

    async def publish(self, publications: Sequence[Publication]) -> list[PublishResult]:
        """Publish records in order, and return within a bounded time the result of each.

        A TransientError means that the record was not acknowledged. It may still arrive; publishing it again is
        harmless, since it is the same article. A PermanentError means that the broker will never accept the record.
        Raises nothing but CancelledError.
        """
        ...


class KafkaPublisher:
    """Publisher with one idempotent producer, which `run` starts, watches and replaces."""

    def __init__(
        self,
        settings: KafkaSettings,
        metrics: Metrics,
        *,
        publish_timeout: float,
        on_ready: Callable[[bool], None],
        layout: TopicLayout = DEFAULT_LAYOUT,
    ) -> None:
        """Build the publisher without connecting. The missing topics of the layout are created on start."""
        self._settings = settings
        self._layout = layout
        self._topic = layout.name(RAW)
        self._retrier = Retrier(Stage.INGEST, metrics, CONNECT_RETRIES)
        self._publish_timeout = publish_timeout
        self._on_ready = on_ready
        self._producer: AIOKafkaProducer | None = None
        self._reachable = False
        self._broken = asyncio.Event()

    async def run(self) -> None:
        """Keep a producer connected until cancelled.

        Raises ConfigurationError if a topic exists with another number of partitions than declared.
        """
        while True:
            producer = await self._retrier.call("connect to Kafka", self._connect)
            self._producer = producer
            self._broken.clear()
            try:
                await self._watch(producer)
            finally:
                self._producer = None
                self._set_reachable(False)
                await self._stop(producer)

    async def publish(self, publications: Sequence[Publication]) -> list[PublishResult]:
        """Publish records; if the broker is known to be unreachable, return a TransientError for each immediately."""
        producer = self._producer
        if producer is None or not self._reachable:
            return [_unavailable("the broker is unreachable") for _ in publications]
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._publish_timeout
        sent = [await self._send(producer, publication, deadline - loop.time()) for publication in publications]
        futures = {item for item in sent if isinstance(item, asyncio.Future)}
        if futures:
            await asyncio.wait(futures, timeout=max(0.0, deadline - loop.time()))
        return [self._get_result(item) for item in sent]

    async def _send(
        self, producer: AIOKafkaProducer, publication: Publication, seconds: float
    ) -> asyncio.Future[object] | CopydeskError:
        """Hand a record to the producer, and return the future of its delivery or the error.

        The producer holds one batch for each partition. While it is full, the call waits, at most `seconds`.
        """
        if seconds <= 0:
            return _unavailable(f"the record was not sent within {self._publish_timeout:g} s")
        topic = self._layout.name(publication.topic)
        record = producer.send(topic, publication.value, key=publication.key, headers=[*publication.headers])
        try:
            future: asyncio.Future[object] = await within(seconds, f"publish to {topic}", record)
        except CopydeskError as error:
            return self._translate(error.__cause__ if isinstance(error.__cause__, KafkaError) else None, error)
        # Read the exception of a future that is abandoned, else asyncio logs that it was never retrieved.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return future

    def _get_result(self, sent: asyncio.Future[object] | CopydeskError) -> PublishResult:
        if isinstance(sent, CopydeskError):
            return sent
        if not sent.done():
            return _unavailable(f"the broker did not acknowledge the record within {self._publish_timeout:g} s")
        error = None if sent.cancelled() else sent.exception()
        if sent.cancelled():
            return _unavailable("the producer was stopped before the broker acknowledged the record")
        if isinstance(error, TOO_LARGE):
            # The broker refused the record after the producer had given it a sequence number.
            self._broken.set()
        if isinstance(error, KafkaError):
            return self._translate(error, translate(f"publish to {self._topic}", error))
        return None if error is None else self._translate(None, CopydeskError(f"publish to {self._topic}: {error!r}"))

    def _translate(self, cause: KafkaError | None, error: CopydeskError) -> CopydeskError:
        if isinstance(cause, TOO_LARGE):
            return PermanentError(str(error), reason=Reason.TOO_LARGE, stage=Stage.INGEST)
        if not isinstance(error, TransientError) and not isinstance(cause, KafkaTimeoutError):
            # After such an error the producer's sequence numbers may be wrong. Only a new producer is safe.
            logger.error("producer_broken", topic=self._topic, error=str(error))
            self._broken.set()
        return _unavailable(str(error))

    async def _connect(self) -> AIOKafkaProducer:
        """Create the topics and start a producer.

        Raises ConfigurationError when a topic is not as declared, TransientError for every other failure.
        """
        producer: AIOKafkaProducer | None = None
        try:
            await create_topics(self._settings, declare_topics(self._layout))
            producer = build_producer(self._settings, client_id=CLIENT_ID)
            await within(self._settings.request_timeout, "start the producer", producer.start())
            if not await self._probe(producer):
                raise TransientError(f"topic {self._topic} has no leader yet")
        except BaseException as error:
            if producer is not None:
                await self._stop(producer)
            if isinstance(error, CopydeskError) and not isinstance(error, ConfigurationError):
                raise TransientError(str(error)) from error
            raise
        return producer

    async def _watch(self, producer: AIOKafkaProducer) -> None:
        """Check again and again that the broker answers, until the producer is broken."""
        while not self._broken.is_set():
            self._set_reachable(await self._probe(producer))
            try:
                async with asyncio.timeout(PROBE_INTERVAL):
                    await self._broken.wait()
            except TimeoutError:
                continue

    async def _probe(self, producer: AIOKafkaProducer) -> bool:
        """Return True if a broker answers a metadata request and the raw topic has a leader."""
        try:
            async with asyncio.timeout(PROBE_TIMEOUT):
                cluster = await producer.client.fetch_all_metadata()
        except (KafkaError, TimeoutError):
            return False
        return bool(cluster.available_partitions_for_topic(self._topic))

    def _set_reachable(self, reachable: bool) -> None:
        if reachable != self._reachable:
            logger.info("broker_connected" if reachable else "broker_disconnected", topic=self._topic)
        self._reachable = reachable
        self._on_ready(reachable)

    async def _stop(self, producer: AIOKafkaProducer) -> None:
        """Flush the records that the broker accepts immediately, and close the connections."""
        try:
            await within(STOP_TIMEOUT, "stop the producer", producer.stop())
        except CopydeskError as error:
            logger.warning("producer_flush_failed", topic=self._topic, error=str(error))
            with contextlib.suppress(CopydeskError):
                await within(STOP_TIMEOUT, "close the producer's connections", producer.client.close())


def _unavailable(message: str) -> TransientError:
    return TransientError(message, reason=Reason.BROKER_UNAVAILABLE, stage=Stage.INGEST)
