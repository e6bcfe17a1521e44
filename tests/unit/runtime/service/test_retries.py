"""Retries repeat what may succeed later, within the bounds of a policy."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from services.errors import PermanentError, TransientError
from services.outcomes import Stage
from services.runtime.service.metrics import Metrics
from services.runtime.service.retries import FailedAttempt, Retrier, RetryPolicy, retry

QUICK = RetryPolicy(attempts=3, initial_wait=0.001, jitter=0.0)


class Flaky:
    """An operation whose first `failures` calls raise `error`."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.calls = 0
        self._failures = failures
        self._error = error

    async def __call__(self) -> str:
        """Count the call, then fail or succeed."""
        self.calls += 1
        if self.calls <= self._failures:
            raise self._error
        return "done"


def ignore(_: FailedAttempt) -> None:
    """Report nothing."""


async def test_a_transient_failure_is_repeated() -> None:
    """The result of the first attempt that succeeds is returned."""
    flaky = Flaky(2, TransientError("not now"))
    assert await retry("it", flaky, policy=QUICK, report=ignore) == "done"
    assert flaky.calls == 3


async def test_the_last_failure_is_raised() -> None:
    """The error of the last allowed attempt is raised, and no attempt follows it."""
    flaky = Flaky(9, TransientError("not now"))
    with pytest.raises(TransientError):
        await retry("it", flaky, policy=QUICK, report=ignore)
    assert flaky.calls == 3


async def test_no_attempt_follows_the_timeout() -> None:
    """A failure after the timeout is the last one, although the number of attempts has no limit."""
    flaky = Flaky(9, TransientError("not now"))
    with pytest.raises(TransientError):
        await retry("it", flaky, policy=RetryPolicy(attempts=None, timeout=0.0), report=ignore)
    assert flaky.calls == 1


async def test_a_permanent_failure_is_not_repeated() -> None:
    """An error that another attempt cannot avoid is raised at once."""
    flaky = Flaky(1, PermanentError("never"))
    with pytest.raises(PermanentError):
        await retry("it", flaky, policy=QUICK, report=ignore)
    assert flaky.calls == 1


async def test_an_error_can_set_the_wait() -> None:
    """The wait is the one that the error names, even where the policy would wait longer."""
    failed: list[FailedAttempt] = []
    flaky = Flaky(1, TransientError("busy", retry_after=0.002))
    await retry("it", flaky, policy=RetryPolicy(initial_wait=60.0, max_wait=60.0), report=failed.append)
    assert [(one.what, one.number, one.wait) for one in failed] == [("it", 1, 0.002)]


def test_waits_double_up_to_the_bound() -> None:
    """Each wait is twice the one before, up to the largest wait, even after thousands of attempts."""
    policy = RetryPolicy(initial_wait=0.5, max_wait=4.0, jitter=0.0)
    assert [policy.choose_wait(attempt) for attempt in (1, 2, 3, 4, 5, 10_000)] == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]


def test_the_jitter_is_bounded() -> None:
    """A wait lies between the back-off and the back-off plus the jitter."""
    policy = RetryPolicy(initial_wait=1.0, jitter=0.5)
    assert all(1.0 <= policy.choose_wait(1) <= 1.5 for _ in range(100))


async def test_a_service_logs_and_counts_its_retries() -> None:
    """Each failed attempt of a stage is one log line and one increment of `copydesk_retries_total`."""
    metrics = Metrics("test")
    with capture_logs() as logs:
        await Retrier(Stage.SINK, metrics, QUICK).call("it", Flaky(2, TransientError("not now")))
    assert [(line["event"], line["what"], line["attempt"], line["error"]) for line in logs] == [
        ("retry_scheduled", "it", 1, "not now"),
        ("retry_scheduled", "it", 2, "not now"),
    ]
    assert metrics.registry.get_sample_value("copydesk_retries_total", {"stage": "sink"}) == 2
