"""From results to records, and to the broker: awaited to the last acknowledgement."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from services.contracts import topics
from services.contracts.headers import ANNOTATED_TYPE, Failure, build_headers, find_traceparent
from services.outcomes import Reason, Stage
from services.processor.annotate.stream.batch_reader import RawRecord
from services.processor.annotate.workers.messages import AnnotatedJob, FailedJob, JobResult
from services.runtime.kafka.clients import within
from services.runtime.kafka.producer import send
from services.runtime.kafka.records import Output, build_dead_letter, measure


def settle(record: RawRecord, result: JobResult) -> tuple[JobResult, Output]:
    """The result and what is sent for it; a refusal (too_large) when that is more than the annotated topic takes."""
    output = build_output(record, result)
    if isinstance(result, AnnotatedJob) and (size := measure(output)) > topics.MAX_RECORD_BYTES:
        said = f"the annotated article takes {size} bytes; a topic takes {topics.MAX_RECORD_BYTES}"
        result = FailedJob(Failure(Reason.TOO_LARGE, Stage.ANNOTATE, "PermanentError", said))
        output = build_output(record, result)
    return result, output


def build_output(record: RawRecord, result: JobResult) -> Output:
    """The record for the annotated topic, in its language's shard; or the one for the dead letters."""
    if isinstance(result, FailedJob):
        return build_dead_letter(record, result.failure)
    headers = build_headers(
        event_type=ANNOTATED_TYPE,
        article_id=result.article_id,
        stage=Stage.ANNOTATE,
        time=datetime.fromtimestamp(record.timestamp / 1_000, UTC),
        traceparent=find_traceparent(record.headers),
    )
    return Output(
        topics.ANNOTATED,
        result.article_id.encode(),
        result.value,
        headers,
        partition=topics.shard_of(result.language),
    )


class Delivery:
    """Sends a batch's records in source order, which within a partition is the order in which they are appended."""

    def __init__(self, producer: Callable[[], AIOKafkaProducer], *, deadline: float) -> None:
        self._producer = producer
        self._deadline = deadline

    async def deliver(self, outputs: Sequence[Output]) -> None:
        """Return when the broker has acknowledged all.

        Raises CopydeskError when it refused one or did not answer in time; some may be delivered then.
        """
        await within(self._deadline, "deliver a batch", self._send(outputs))

    async def _send(self, outputs: Sequence[Output]) -> None:
        producer = self._producer()
        deliveries = [await send(producer, output) for output in outputs]
        await asyncio.gather(*deliveries)
