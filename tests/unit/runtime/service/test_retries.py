"""Retries: only what can be tried again, and not for ever."""

from __future__ import annotations

import pytest

from services.errors import PermanentError, TransientError
from services.outcomes import Stage
from services.runtime.service.metrics import Metrics
from services.runtime.service.retries import Retrier


class Flaky:
    """Fails so many times."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.calls = 0
        self._failures = failures
        self._error = error

    async def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self._failures:
            raise self._error
        return "done"


def build(attempts: int) -> Retrier:
    return Retrier(Stage.SINK, Metrics("test"), attempts=attempts, wait_initial=0.001)


async def test_a_transient_failure_is_repeated() -> None:
    """The result of the first try that succeeds."""
    flaky = Flaky(2, TransientError("not now"))
    assert await build(3).call("it", flaky) == "done"
    assert flaky.calls == 3


async def test_the_last_failure_is_let_through() -> None:
    """After the attempts that were set, and no later."""
    flaky = Flaky(9, TransientError("not now"))
    with pytest.raises(TransientError):
        await build(3).call("it", flaky)
    assert flaky.calls == 3


async def test_a_permanent_failure_is_not_repeated() -> None:
    """Trying again cannot help."""
    flaky = Flaky(1, PermanentError("never"))
    with pytest.raises(PermanentError):
        await build(3).call("it", flaky)
    assert flaky.calls == 1
