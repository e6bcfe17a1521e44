"""The process of a stage that reads Kafka: its HTTP page, its topics, the check before it works, and its lag poll."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

import structlog
from aiokafka.structs import TopicPartition

from services.contracts.topics import Topic
from services.outcomes import Stage
from services.runtime.kafka.lag import LagPoller, LagTarget, Positions
from services.runtime.kafka.topics import create_topics
from services.runtime.service.health import Health
from services.runtime.service.metrics import Metrics
from services.runtime.service.retries import Retrier
from services.runtime.service.settings import KafkaSettings, ServiceSettings
from services.runtime.service.web import build_page, serve

Check = Callable[[KafkaSettings], Awaitable[None]]
"""Check that raises ConfigurationError if running the stage would do damage."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RunningStage:
    """A stage whose page answers and whose topics exist."""

    stage: Stage
    settings: ServiceSettings
    metrics: Metrics
    health: Health
    retrier: Retrier

    @contextlib.asynccontextmanager
    async def poll_lag(
        self,
        topic: str,
        positions: Callable[[], Awaitable[Positions]],
        *,
        observe: Callable[[Mapping[TopicPartition, int]], None],
        changed: asyncio.Event,
        each_partition: bool = True,
    ) -> AsyncIterator[None]:
        """Poll the lag of the input topic in the background until the block ends (see LagTarget and LagPoller)."""
        poller = LagPoller(
            self.settings.kafka,
            LagTarget(self.stage, self.settings.topics.layout.strip(topic), positions, each_partition),
            self.metrics,
            self.health,
            interval=self.settings.telemetry.lag_interval,
            observe=observe,
            changed=changed,
        )
        polling = asyncio.create_task(poller.run(), name="lag")
        try:
            yield
        finally:
            polling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await polling


@contextlib.asynccontextmanager
async def open_stage(
    stage: Stage,
    settings: ServiceSettings,
    declared: Iterable[Topic],
    metrics: Metrics,
    *,
    check: Check | None = None,
    parts: Iterable[str] = (),
) -> AsyncIterator[RunningStage]:
    """Serve the page, create the declared topics, run the check; then the block does the stage's work.

    The page answers first, so that /ready can say what is missing. `parts` name what must be ready before the stage
    is. Raises ConfigurationError if a topic has other partitions than declared or if the check fails, and
    TransientError if Kafka cannot be reached.
    """
    telemetry = settings.telemetry
    declared = tuple(declared)
    metrics.registry.deployment = settings.topics.deployment
    health = Health(stage, metrics, stall_after=telemetry.stall_after)
    for part in parts:
        health.set_ready(part, False)
    async with serve(build_page(metrics, health), telemetry.host, telemetry.port) as (host, port):
        logger.info("service_started", stage=stage, host=host, port=port)
        retrier = Retrier(stage, metrics)
        await retrier.call("create topics", lambda: create_topics(settings.kafka, declared))
        if check is not None:
            await retrier.call("check before work", lambda: check(settings.kafka))
        yield RunningStage(stage, settings, metrics, health, retrier)
    logger.info("service_stopped", stage=stage)
