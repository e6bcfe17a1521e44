"""Construction of our own Kafka clients, so that no two differ by accident, and deadlines for their calls."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Literal, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.contracts.topics import MAX_RECORD_BYTES
from services.errors import CopydeskError, TransientError
from services.runtime.kafka.header_names import accept_any_header_name
from services.runtime.kafka.security import build_security
from services.runtime.service.settings import KafkaSettings

REQUEST_MARGIN_BYTES = 1_048_576
"""Bytes above the largest record for a request's own bytes and for the headers that a dead letter adds."""
MAX_REQUEST_BYTES = MAX_RECORD_BYTES + REQUEST_MARGIN_BYTES
"""Largest request of a producer."""
PRODUCER_BATCH_BYTES = 1_048_576
"""Largest batch of a producer. The outputs of one poll to one partition then need one or two requests; with aiokafka's
default of 16 KiB every few records would need a request of their own."""
FETCH_PARTITION_BYTES = 1_048_576
"""Largest size of a fetch from one partition. It bounds the memory and the size of a transaction. The broker returns a
larger record too, alone (KIP-74)."""
FETCH_WAIT_MS = 50
"""Longest time that a fetch waits at the broker for records; records that arrive end the wait immediately. During the
wait aiokafka fetches nothing from a partition that was drained or sought in the meantime, so this bounds that delay."""
METADATA_AGE_MS = 10_000
"""Longest time until a client reads the metadata of topics and partitions again. A group whose topic was deleted has no
partition. It notices that the topic exists again only when its client reads new metadata; with aiokafka's default it
would wait for five minutes, silently. A new partition is noticed within the same time."""
DEFAULT_METADATA_AGE_MS = 300_000
"""Default value of aiokafka in milliseconds, for clients whose partitions are given by `assign`."""
HEARTBEATS_PER_SESSION = 3
"""Heartbeats in one session timeout: the member stays in its group although two of them are lost."""
TRANSACTION_MARGIN = 10.0
"""Seconds after a request's deadline until the broker aborts a transaction whose producer is gone. Until then
read_committed consumers wait at that transaction."""
COMPRESSION: Literal["gzip"] | None = None
"""No compression: even zstd, the cheapest for what it saves, costs every stage processor time for each article. A topic
can have the broker compress, with its own setting `compression.type`."""

NO_CONNECTION = "Unable to bootstrap"
"""Words of aiokafka's error if no address accepts a connection. It lists the addresses as tuples of Python."""
ADDRESS = re.compile(r"\('([^']+)', (\d+)")

T = TypeVar("T")


async def within(seconds: float, what: str, call: Awaitable[T]) -> T:
    """Await a call to Kafka for at most `seconds`.

    `what` names the call in messages. Raises TransientError after the deadline and for an error that the client calls
    retriable, CopydeskError for every other error of the client. Raises CancelledError whenever the task was cancelled
    during the call, whatever the client returned or raised: aiokafka swallows a cancellation while it stops a client.
    """
    task = asyncio.current_task()
    cancellations_before = task.cancelling() if task is not None else 0
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
        if task is not None and task.cancelling() > cancellations_before:
            raise asyncio.CancelledError


class NoBrokerError(TransientError):
    """No address of Kafka accepts a connection."""


def translate(what: str, error: KafkaError) -> CopydeskError:
    """Return aiokafka's error as one of ours, with the name of its class, or with the addresses that do not answer."""
    if NO_CONNECTION in str(error):
        addresses = ", ".join(f"{host}:{port}" for host, port in ADDRESS.findall(str(error)))
        return NoBrokerError(f"no Kafka broker answers at {addresses}")
    message = f"{what}: {type(error).__name__}: {error}"
    return TransientError(message) if error.retriable else CopydeskError(message)


def build_group_consumer(settings: KafkaSettings, group: str, *, client_id: str) -> AIOKafkaConsumer:
    """Return a read_committed consumer for a group (classic protocol) that commits no offset by itself."""
    accept_any_header_name()
    return AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers,
        **build_security(settings).options,
        client_id=client_id,
        group_id=group,
        group_instance_id=f"{group}-{settings.instance}" if settings.instance else None,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=_to_ms(settings.session_timeout),
        heartbeat_interval_ms=_to_ms(settings.session_timeout / HEARTBEATS_PER_SESSION),
        request_timeout_ms=_to_ms(settings.request_timeout),
        metadata_max_age_ms=METADATA_AGE_MS,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        max_partition_fetch_bytes=FETCH_PARTITION_BYTES,
    )


def build_reader(
    settings: KafkaSettings,
    *,
    client_id: str,
    isolation_level: Literal["read_committed", "read_uncommitted"] = "read_committed",
    offset_reset: Literal["earliest", "latest"] = "earliest",
    partition_bytes: int = FETCH_PARTITION_BYTES,
    metadata_age_ms: int = DEFAULT_METADATA_AGE_MS,
) -> AIOKafkaConsumer:
    """Return a consumer outside any group, for state, end offsets and the commands of `copydesk`.

    `offset_reset` is where it starts on a partition whose position the caller does not set.
    """
    accept_any_header_name()
    return AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers,
        **build_security(settings).options,
        client_id=client_id,
        group_id=None,
        isolation_level=isolation_level,
        enable_auto_commit=False,
        auto_offset_reset=offset_reset,
        request_timeout_ms=_to_ms(settings.request_timeout),
        metadata_max_age_ms=metadata_age_ms,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        max_partition_fetch_bytes=partition_bytes,
    )


def build_producer(settings: KafkaSettings, *, client_id: str, transactional_id: str | None = None) -> AIOKafkaProducer:
    """Return an idempotent producer with acks=all (KIP-98); with a `transactional_id` it is transactional."""
    return AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers,
        **build_security(settings).options,
        client_id=client_id,
        transactional_id=transactional_id,
        transaction_timeout_ms=_to_ms(settings.request_timeout + TRANSACTION_MARGIN),
        enable_idempotence=True,
        acks="all",
        compression_type=COMPRESSION,
        linger_ms=0,
        max_batch_size=PRODUCER_BATCH_BYTES,
        max_request_size=MAX_REQUEST_BYTES,
        request_timeout_ms=_to_ms(settings.request_timeout),
    )


def build_admin(settings: KafkaSettings, *, client_id: str) -> AIOKafkaAdminClient:
    """Return an admin client, for creating topics and for reading a group's offsets."""
    return AIOKafkaAdminClient(
        bootstrap_servers=settings.bootstrap_servers,
        **build_security(settings).options,
        client_id=client_id,
        request_timeout_ms=_to_ms(settings.request_timeout),
    )


@asynccontextmanager
async def open_admin(settings: KafkaSettings, *, client_id: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """Connect an admin client, and close it at the end. Raises CopydeskError if Kafka does not answer or refuses."""
    admin = build_admin(settings, client_id=client_id)
    try:
        await within(settings.request_timeout, "connect to Kafka", admin.start())
        yield admin
    finally:
        await within(settings.request_timeout, "close the admin client", admin.close())


def _to_ms(seconds: float) -> int:
    return int(seconds * 1000)
