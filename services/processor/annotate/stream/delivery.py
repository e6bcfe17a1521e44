"""Output records of a batch, and their sending, which ends with the broker's last acknowledgement."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from services.contracts import topics
from services.contracts.headers import ANNOTATED_TYPE, Failure, build_headers, find_traceparent, list_replay_headers
from services.contracts.state.shard_map import ShardMap
from services.outcomes import Reason, Stage
from services.processor.annotate.raw_records import RawRecord
from services.processor.annotate.workers.messages import AnnotatedJob, FailedJob, JobResult
from services.runtime.kafka.clients import within
from services.runtime.kafka.producer import send
from services.runtime.kafka.records import OutputRecord, build_dead_letter, measure_record


def build_output_or_dead_letter(
    record: RawRecord, result: JobResult, shards: ShardMap, topic: str = topics.ANNOTATED
) -> tuple[JobResult, OutputRecord]:
    """Return the result and the record to send for it.

    An annotated article that is larger than its topic accepts becomes a failure (too_large) and a dead letter.
    """
    output = build_output(record, result, shards, topic)
    if isinstance(result, AnnotatedJob) and (size := measure_record(output)) > topics.MAX_RECORD_BYTES:
        message = f"the annotated article has {size} bytes; a topic accepts at most {topics.MAX_RECORD_BYTES}"
        result = FailedJob(Failure(Reason.TOO_LARGE, Stage.ANNOTATE, "PermanentError", message))
        output = build_output(record, result, shards, topic)
    return result, output


def build_output(record: RawRecord, result: JobResult, shards: ShardMap, topic: str = topics.ANNOTATED) -> OutputRecord:
    """Build the record for the annotated topic, in its language's shard, or for the dead-letter topic."""
    if isinstance(result, FailedJob):
        return build_dead_letter(record, result.failure)
    headers = build_headers(
        event_type=ANNOTATED_TYPE,
        article_id=result.article_id,
        stage=Stage.ANNOTATE,
        time=datetime.fromtimestamp(record.timestamp / 1_000, UTC),
        traceparent=find_traceparent(record.headers),
    )
    return OutputRecord(
        topic,
        result.article_id.encode(),
        result.value,
        (*headers, *list_replay_headers(record.headers)),
        partition=shards.find(result.shard_language),
    )


class Delivery:
    """Sender of a batch's records in source order. Within a partition, the records are appended in that order."""

    def __init__(
        self,
        get_producer: Callable[[], AIOKafkaProducer],
        *,
        deadline: float,
        shards: ShardMap,
        topic: str = topics.ANNOTATED,
    ) -> None:
        """`deadline` is the time in seconds for one batch, `shards` the map of the partitions of `topic`."""
        self.shards = shards
        self.topic = topic
        self._get_producer = get_producer
        self._deadline = deadline

    async def deliver(self, outputs: Sequence[OutputRecord]) -> None:
        """Send all outputs and return when the broker has acknowledged every one.

        Raises CopydeskError when the broker refused one or did not answer in time; some may be delivered then.
        """
        await within(self._deadline, "deliver a batch", self._send(outputs))

    async def _send(self, outputs: Sequence[OutputRecord]) -> None:
        producer = self._get_producer()
        deliveries = [await send(producer, output) for output in outputs]
        await asyncio.gather(*deliveries)
