"""Deadlines and translated errors around the Kafka client."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError, ProducerFenced, TopicAuthorizationFailedError

from services.errors import CopydeskError, TransientError
from services.runtime.kafka.clients import within


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


async def swallow(then: Exception | None = None) -> None:
    """What aiokafka makes of a cancellation that finds it stopping a client."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        if then is not None:
            raise then from None


@pytest.mark.parametrize("then", [None, KafkaConnectionError("closed"), ProducerFenced()])
async def test_a_cancellation_that_the_client_swallows_ends_the_task(then: Exception | None) -> None:
    """Neither an answer nor an error of the client, which would be tried again, hides that the task was cancelled."""
    task = asyncio.create_task(within(10, "stop it", swallow(then)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()
