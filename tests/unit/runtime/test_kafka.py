"""Deadlines and translated errors around the Kafka client."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError, ProducerFenced, TopicAuthorizationFailedError

from services.errors import CopydeskError, TransientError
from services.runtime.kafka import within


async def fail(error: Exception) -> None:
    raise error


async def test_a_call_without_an_answer_ends_at_its_deadline() -> None:
    """A hang is a transient error that says what was tried."""
    with pytest.raises(TransientError, match="read it: no answer within"):
        await within(0.01, "read it", asyncio.Event().wait())


@pytest.mark.parametrize("error", [KafkaConnectionError("gone"), ConnectionRefusedError("refused")])
async def test_what_may_pass_is_transient(error: Exception) -> None:
    """A broker that is away may come back."""
    with pytest.raises(TransientError):
        await within(1, "read it", fail(error))


@pytest.mark.parametrize("error", [ProducerFenced(), TopicAuthorizationFailedError("t"), KafkaError("odd")])
async def test_what_will_not_pass_is_not_transient(error: Exception) -> None:
    """A fence or a refusal is not tried again."""
    with pytest.raises(CopydeskError, match=type(error).__name__) as caught:
        await within(1, "read it", fail(error))
    assert not caught.value.retriable


async def test_cancellation_passes_through() -> None:
    """A task that is ended ends."""
    task = asyncio.create_task(within(10, "read it", asyncio.Event().wait()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
