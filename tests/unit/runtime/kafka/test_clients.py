"""Deadlines and translated errors around the Kafka client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher
from aiokafka.errors import KafkaConnectionError, KafkaError, ProducerFenced, TopicAuthorizationFailedError

from services.errors import CopydeskError, TransientError
from services.runtime.kafka.clients import build_group_consumer, build_reader, within
from services.runtime.kafka.header_names import TolerantPartitionRecords
from services.runtime.service.settings import KafkaSettings


async def fail(error: Exception) -> None:
    """Raise the error."""
    raise error


SETTINGS = KafkaSettings(bootstrap_servers="localhost:1")


@pytest.mark.parametrize("build", [build_reader, partial(build_group_consumer, group="group")])
async def test_every_consumer_reads_any_header_name(
    build: Callable[..., AIOKafkaConsumer], aiokafka_unpatched: None
) -> None:
    """A consumer of ours reads records whose header names are not UTF-8, in whatever process it is built."""
    consumer = build(SETTINGS, client_id="test")
    await consumer.stop()
    assert fetcher.PartitionRecords is TolerantPartitionRecords


async def test_a_call_without_an_answer_ends_at_its_deadline() -> None:
    """A call that does not answer raises a transient error that names the call."""
    with pytest.raises(TransientError, match="read it: no answer within"):
        await within(0.01, "read it", asyncio.Event().wait())


@pytest.mark.parametrize("error", [KafkaConnectionError("gone"), ConnectionRefusedError("refused")])
async def test_a_broken_connection_is_transient(error: Exception) -> None:
    """A broker that is away may return, so the error is transient."""
    with pytest.raises(TransientError):
        await within(1, "read it", fail(error))


@pytest.mark.parametrize("error", [ProducerFenced(), TopicAuthorizationFailedError("t"), KafkaError("odd")])
async def test_a_refusal_is_not_transient(error: Exception) -> None:
    """A fenced producer or a missing permission is not tried again."""
    with pytest.raises(CopydeskError, match=type(error).__name__) as caught:
        await within(1, "read it", fail(error))
    assert not caught.value.retriable


async def test_cancellation_passes_through() -> None:
    """A cancelled task ends with CancelledError."""
    task = asyncio.create_task(within(10, "read it", asyncio.Event().wait()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def swallow(then: Exception | None = None) -> None:
    """Swallow a cancellation, as aiokafka does while it stops a client, and raise `then` if there is one."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        if then is not None:
            raise then from None


@pytest.mark.parametrize("then", [None, KafkaConnectionError("closed"), ProducerFenced()])
async def test_a_cancellation_that_the_client_swallows_ends_the_task(then: Exception | None) -> None:
    """The task counts as cancelled, whether the client returned or raised an error that would be tried again."""
    task = asyncio.create_task(within(10, "stop it", swallow(then)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()
