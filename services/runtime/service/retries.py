"""Retries: the one way to repeat an operation that failed with a TransientError.

The loop is short enough to be written here. An adapter to tenacity is as long as it, and stamina reports retries
through hooks that all modules of a process share, so that one module can switch off the messages of another.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog

from services.errors import TransientError
from services.outcomes import Stage
from services.runtime.service.metrics import Metrics

MAX_DOUBLINGS: Final = 16
"""Bound of the exponent: far above any `max_wait`, and far below what overflows a float after days of retries."""

T = TypeVar("T")

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Policy of retries: how often to try an operation, and how long to wait after each failed attempt.

    The default policy waits 3 to 6 seconds in all, in addition to the deadlines of the calls themselves. Kafka elects a
    new leader in less time. When the last attempt fails, the process stops and its supervisor starts it again.
    """

    attempts: int | None = 6
    """Maximum number of attempts, the first one included; None for no limit."""
    timeout: float | None = None
    """Seconds since the first attempt began, after which a failed attempt is the last one; None for no limit."""
    initial_wait: float = 0.1
    """Seconds to wait after the first attempt, before the jitter; each later wait is twice as long."""
    max_wait: float = 5.0
    """Upper bound of a wait in seconds, jitter included."""
    jitter: float = 0.5
    """Maximum random time, in seconds, that is added to a wait, so that clients do not all retry at the same moment."""

    def is_last(self, attempt: int, elapsed: float) -> bool:
        """Return whether attempt number `attempt`, which failed `elapsed` seconds after the start, is the last one."""
        out_of_attempts = self.attempts is not None and attempt >= self.attempts
        out_of_time = self.timeout is not None and elapsed >= self.timeout
        return out_of_attempts or out_of_time

    def choose_wait(self, attempt: int) -> float:
        """Return the seconds to wait after the failed attempt with this number, counted from 1."""
        backoff = self.initial_wait * 2.0 ** min(attempt - 1, MAX_DOUBLINGS)
        return min(self.max_wait, backoff + random.uniform(0, self.jitter))


DEFAULT_POLICY: Final = RetryPolicy()


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """An attempt that failed and will be repeated."""

    what: str
    """Name of the operation, for messages."""
    number: int
    """Number of the attempt, counted from 1."""
    wait: float
    """Seconds until the next attempt."""
    error: TransientError
    """The reason why the attempt failed."""


async def retry(
    what: str,
    operation: Callable[[], Awaitable[T]],
    *,
    policy: RetryPolicy,
    report: Callable[[FailedAttempt], None],
) -> T:
    """Return the operation's result; repeat the operation while it raises TransientError.

    `what` names the operation in messages. `report` is called before each wait. An error with `retry_after` sets the
    wait itself. The error of the last attempt that `policy` allows is raised, and any other exception immediately.
    """
    began = time.monotonic()
    attempt = 1
    while True:
        try:
            return await operation()
        except TransientError as error:
            if policy.is_last(attempt, time.monotonic() - began):
                raise
            wait = policy.choose_wait(attempt) if error.retry_after is None else error.retry_after
            report(FailedAttempt(what, attempt, wait, error))
        await asyncio.sleep(wait)
        attempt += 1


class Retrier:
    """Retrier of one stage's operations; each failed attempt is logged and counted."""

    def __init__(self, stage: Stage, metrics: Metrics, policy: RetryPolicy = DEFAULT_POLICY) -> None:
        self._stage = stage
        self._metrics = metrics
        self._policy = policy

    async def call(self, what: str, operation: Callable[[], Awaitable[T]]) -> T:
        """Return the operation's result, as `retry` does."""
        return await retry(what, operation, policy=self._policy, report=self._report)

    def _report(self, failed: FailedAttempt) -> None:
        self._metrics.retries.labels(self._stage).inc()
        logger.warning(
            "retry_scheduled",
            stage=self._stage,
            what=failed.what,
            attempt=failed.number,
            wait=round(failed.wait, 1),
            error=str(failed.error),
        )
