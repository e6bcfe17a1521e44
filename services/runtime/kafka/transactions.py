"""The transactions of a command, which writes records and its progress together, and waits for the end of others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.structs import TopicPartition

from services.errors import CopydeskError, TransientError
from services.runtime.kafka.clients import TRANSACTION_MARGIN, build_producer, build_reader, within
from services.runtime.kafka.producer import send
from services.runtime.kafka.records import OutputRecord
from services.runtime.service.crash_points import CrashPoint, reach
from services.runtime.service.settings import KafkaSettings


@asynccontextmanager
async def open_transactions(kafka: KafkaSettings, transactional_id: str) -> AsyncIterator[AIOKafkaProducer]:
    """Connect a transactional producer, and shut out an older one with the same id (KIP-98).

    What the older one has committed can be read afterwards; what it has not committed is aborted. Raises CopydeskError
    if Kafka does not answer or refuses.
    """
    producer = build_producer(kafka, client_id=transactional_id, transactional_id=transactional_id)
    try:
        await within(kafka.request_timeout, f"start the producer {transactional_id}", producer.start())
        await reach(CrashPoint.FENCED)
        yield producer
    finally:
        await within(kafka.request_timeout, f"stop the producer {transactional_id}", producer.stop())


async def write_together(
    kafka: KafkaSettings, producer: AIOKafkaProducer, outputs: Sequence[OutputRecord], *, what: str
) -> None:
    """Write all records in one transaction. `what` names the work in messages.

    Raises CopydeskError if Kafka does not answer or refuses, or if a newer producer has the same id. The command must
    then end: it is not known whether the transaction was committed.
    """
    try:
        await within(kafka.request_timeout, what, _transact(producer, outputs))
    except CopydeskError as error:
        raise CopydeskError(
            f"{error}; run the command again: it does only what is not done yet", reason=error.reason
        ) from error
    await reach(CrashPoint.COMMITTED)


async def _transact(producer: AIOKafkaProducer, outputs: Sequence[OutputRecord]) -> None:
    await producer.begin_transaction()
    deliveries = []
    for output in outputs:
        deliveries.append(await send(producer, output))
        await reach(CrashPoint.BETWEEN_OUTPUTS)
    await asyncio.gather(*deliveries)
    await reach(CrashPoint.INSIDE_TRANSACTION)
    await producer.commit_transaction()


async def wait_for_transactions(kafka: KafkaSettings, topics: Mapping[str, int], *, poll: float = 0.1) -> None:
    """Wait until no transaction is open on what topics have now, given the number of partitions of each.

    Kafka answers a commit before it writes the markers that make the records visible. Without the wait, a reader may
    find none of them. Raises CopydeskError if Kafka does not answer, and TransientError if a transaction stays open
    for twice the time after which the broker aborts it. `poll` is the number of seconds between two looks.
    """
    partitions = [TopicPartition(topic, number) for topic, count in topics.items() for number in range(count)]
    timeout = kafka.request_timeout
    written = build_reader(kafka, client_id="copydesk-written", isolation_level="read_uncommitted")
    stable = build_reader(kafka, client_id="copydesk-stable")
    try:
        await within(timeout, "start the readers of ends", asyncio.gather(written.start(), stable.start()))
        ends = await within(timeout, "read the ends of topics", written.end_offsets(partitions))
        deadline = time.monotonic() + 2 * (timeout + TRANSACTION_MARGIN)
        while True:
            reached = await within(timeout, "read the stable ends of topics", stable.end_offsets(partitions))
            behind = sorted({one.topic for one in partitions if reached[one] < ends[one]})
            if not behind:
                return
            if time.monotonic() > deadline:
                raise TransientError(f"a transaction stays open on {', '.join(behind)}; find its producer and stop it")
            await asyncio.sleep(poll)
    finally:
        await within(timeout, "stop the readers of ends", asyncio.gather(written.stop(), stable.stop()))
