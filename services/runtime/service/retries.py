"""Retries in place: capped, jittered, counted; for what can be tried again without doing anything twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina
import structlog

from services.errors import TransientError
from services.outcomes import Stage
from services.runtime.service.metrics import Metrics

ATTEMPTS = 6
WAIT_INITIAL = 0.1
WAIT_MAX = 5.0
WAIT_JITTER = 0.5
"""Seconds. Six attempts wait 3 to 6 seconds in all beside the deadlines of the calls themselves: longer than a leader
takes to move, shorter than an operator's patience; after that the process stops and is started again."""

T = TypeVar("T")

logger = structlog.get_logger()

# Our own line and counter, with the stage, stand in place of stamina's.
stamina.instrumentation.set_on_retry_hooks(())


class Retrier:
    """Tries again what raised TransientError; the last one is let through."""

    def __init__(
        self, stage: Stage, metrics: Metrics, *, attempts: int = ATTEMPTS, wait_initial: float = WAIT_INITIAL
    ) -> None:
        self._stage = stage
        self._metrics = metrics
        self._attempts = attempts
        self._wait_initial = wait_initial

    async def call(self, what: str, operation: Callable[[], Awaitable[T]]) -> T:
        """The operation's result. `what` names it in the log."""
        retries = stamina.retry_context(
            on=TransientError,
            attempts=self._attempts,
            timeout=None,
            wait_initial=self._wait_initial,
            wait_max=WAIT_MAX,
            wait_jitter=WAIT_JITTER,
        )
        async for attempt in retries:
            with attempt:
                if attempt.num > 1:
                    self._metrics.retries.labels(self._stage).inc()
                    logger.warning("retried", what=what, attempt=attempt.num)
                return await operation()
        raise AssertionError("unreachable")
