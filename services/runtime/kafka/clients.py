"""The one place where Kafka clients are made, so that no two differ by accident; and deadlines on their calls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Literal, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.contracts.topics import MAX_RECORD_BYTES
from services.errors import CopydeskError, TransientError
from services.runtime.kafka.header_names import read_any_header_name
from services.runtime.kafka.security import build_security
from services.runtime.service.settings import KafkaSettings

REQUEST_MARGIN_BYTES = 1_048_576
"""Above the largest record: a request's own bytes, and the headers that a dead letter adds."""
MAX_REQUEST_BYTES = MAX_RECORD_BYTES + REQUEST_MARGIN_BYTES
PRODUCER_BATCH_BYTES = 1_048_576
"""A poll's outputs to one partition go in one batch or two; aiokafka's 16 KiB would make a request of each few."""
FETCH_PARTITION_BYTES = 1_048_576
"""What a fetch takes from a partition at most; a larger record still comes, alone (KIP-74). Bounds what is held in
memory and what a transaction carries."""
FETCH_WAIT_MS = 50
"""A fetch that waits at the broker keeps aiokafka from asking for a partition that was emptied or sought meanwhile;
so this is the longest such delay. Records that arrive end the wait at once."""
METADATA_AGE_MS = 10_000
"""A group whose topic was deleted has nothing assigned, and learns only from new metadata that it is there again;
aiokafka's five minutes are a silence that nothing else tells of, and as long until a new partition is read."""
HEARTBEATS_A_SESSION = 3
TRANSACTION_MARGIN = 10.0
"""Seconds beyond a request's deadline after which the broker aborts a transaction that nobody ends; until then
read_committed consumers wait at it."""
COMPRESSION: Literal["gzip"] | None = None
"""None: zstd, the cheapest for what it saves, takes 60 to 90 us for an annotated article of 10 KB (3.2 to 4 times
smaller then), and every stage would pay it. A topic's own `compression.type` has the broker do it."""

T = TypeVar("T")

# Before the first consumer is made, faust's included.
read_any_header_name()


async def within(seconds: float, what: str, call: Awaitable[T]) -> T:
    """Await a call to Kafka, at most so many seconds.

    `what` says what was tried, for the message. Raises TransientError when the time is over or when the client says
    that trying again can help, a plain CopydeskError for every other refusal, and CancelledError when it was cancelled
    meanwhile, whatever the client made of that: aiokafka swallows a cancellation that finds it stopping.
    """
    task = asyncio.current_task()
    asked = task.cancelling() if task is not None else 0
    try:
        async with asyncio.timeout(seconds):
            return await call
    except TimeoutError as error:
        raise TransientError(f"{what}: no answer within {seconds:g} s") from error
    except KafkaError as error:
        raise translate(what, error) from error
    except OSError as error:
        raise TransientError(f"{what}: {error}") from error
    finally:
        if task is not None and task.cancelling() > asked:
            raise asyncio.CancelledError


def translate(what: str, error: KafkaError) -> CopydeskError:
    """aiokafka's error as one of ours; the class name stays in the message."""
    message = f"{what}: {type(error).__name__}: {error}"
    return TransientError(message) if error.retriable else CopydeskError(message)


def build_group_consumer(settings: KafkaSettings, group: str, *, client_id: str) -> AIOKafkaConsumer:
    """A member of a consumer group (classic protocol), read_committed, that commits nothing by itself."""
    return AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers,
        **build_security(settings).options,
        client_id=client_id,
        group_id=group,
        group_instance_id=f"{group}-{settings.instance}" if settings.instance else None,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=_ms(settings.session_timeout),
        heartbeat_interval_ms=_ms(settings.session_timeout / HEARTBEATS_A_SESSION),
        request_timeout_ms=_ms(settings.request_timeout),
        metadata_max_age_ms=METADATA_AGE_MS,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        max_partition_fetch_bytes=FETCH_PARTITION_BYTES,
    )


def build_reader(
    settings: KafkaSettings,
    *,
    client_id: str,
    isolation_level: Literal["read_committed", "read_uncommitted"] = "read_committed",
    partition_bytes: int = FETCH_PARTITION_BYTES,
) -> AIOKafkaConsumer:
    """A consumer outside any group: for state, end offsets and tools. It is given partitions by `assign`."""
    return AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers,
        **build_security(settings).options,
        client_id=client_id,
        group_id=None,
        isolation_level=isolation_level,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=_ms(settings.request_timeout),
        fetch_max_wait_ms=FETCH_WAIT_MS,
        max_partition_fetch_bytes=partition_bytes,
    )


def build_producer(settings: KafkaSettings, *, client_id: str, transactional_id: str | None = None) -> AIOKafkaProducer:
    """An idempotent producer, acks=all (KIP-98); transactional where it is given an id."""
    return AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers,
        **build_security(settings).options,
        client_id=client_id,
        transactional_id=transactional_id,
        transaction_timeout_ms=_ms(settings.request_timeout + TRANSACTION_MARGIN),
        enable_idempotence=True,
        acks="all",
        compression_type=COMPRESSION,
        linger_ms=0,
        max_batch_size=PRODUCER_BATCH_BYTES,
        max_request_size=MAX_REQUEST_BYTES,
        request_timeout_ms=_ms(settings.request_timeout),
    )


def build_admin(settings: KafkaSettings, *, client_id: str) -> AIOKafkaAdminClient:
    """For creating topics and reading a group's offsets."""
    return AIOKafkaAdminClient(
        bootstrap_servers=settings.bootstrap_servers,
        **build_security(settings).options,
        client_id=client_id,
        request_timeout_ms=_ms(settings.request_timeout),
    )


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
