"""The transactional producer of a command, which writes records and the progress of the command together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer

from services.errors import CopydeskError
from services.runtime.kafka.clients import build_producer, within
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
