"""Takes a shard map into use that gives languages a partition of their own: `python -m services.processor shards`.

Such a language shared the partition of the others until now. Its new partition begins with a copy of their verdict
log: so its articles still find what they are copies of, and are still known. What the copy has of other languages is
forgotten in the window's time. Run twice, or after a crash, it begins anew; nothing is in use before the last step.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete
from aiokafka.structs import TopicPartition

from services.contracts import topics
from services.contracts.shard_map import DECLARED_SHARDS, ShardMap
from services.errors import ConfigurationError, CopydeskError
from services.outcomes import Stage
from services.processor.match.settings import MatchServiceSettings
from services.runtime.kafka.clients import build_admin, build_producer, build_reader, within
from services.runtime.kafka.producer import send
from services.runtime.kafka.records import ConsumedRecord, OutputRecord
from services.runtime.kafka.shard_map import read_shard_map, write_shard_map
from services.runtime.kafka.state_log import open_state_log
from services.runtime.service.lifecycle import EXIT_CONFIGURATION, EXIT_FAILED
from services.runtime.service.logs import configure_logging
from services.runtime.service.metrics import Metrics
from services.runtime.service.retries import Retrier
from services.runtime.service.settings import KafkaSettings, load_settings

SORTED = (topics.ANNOTATED, topics.VERDICTS, topics.MATCH_CHECKPOINTS)
"""The topics whose partitions are the shards."""

logger = structlog.get_logger()


def main(environ: Mapping[str, str]) -> int:
    """Take the declared map into use; returns the exit code."""
    try:
        settings = load_settings(MatchServiceSettings, environ)
        configure_logging(settings.telemetry, "shards")
        retrier = Retrier(Stage.MATCH, Metrics("shards"))
        asyncio.run(retrier.call("take the shard map into use", lambda: reshard(settings.kafka, settings.match.group)))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return EXIT_CONFIGURATION
    except CopydeskError as error:
        print(error, file=sys.stderr)
        return EXIT_FAILED
    return 0


async def reshard(settings: KafkaSettings, group: str, declared: ShardMap = DECLARED_SHARDS) -> None:
    """Go over from the map in use to the declared one.

    Raises ConfigurationError when that would split an index, or while match (whose group is `group`) runs or has
    articles waiting; TransientError when Kafka does not answer.
    """
    used = await read_shard_map(settings)
    if used == declared:
        logger.info("shards_unchanged", shards=str(declared))
        return
    if used is not None and (moved := used.find_moved(declared)):
        raise ConfigurationError(f"an index would be split: {'; '.join(moved)}")
    admin = build_admin(settings, client_id="copydesk-shards")
    await within(settings.request_timeout, "connect to Kafka", admin.start())
    try:
        if used is not None:
            await _check_drained(admin, settings, group, used)
            await _add_partitions(admin, settings, declared.count)
            for shard in used.find_new(declared):
                await _copy_log(admin, settings, used.other, shard)
    finally:
        await within(settings.request_timeout, "close the admin client", admin.close())
    await write_shard_map(settings, declared)


async def _check_drained(admin: AIOKafkaAdminClient, settings: KafkaSettings, group: str, used: ShardMap) -> None:
    timeout = settings.request_timeout
    [response] = await within(timeout, "describe the group", admin.describe_consumer_groups([group]))
    [(_, _, _, _, _, members, *_)] = response.groups
    if members:
        raise ConfigurationError(f"{group} has {len(members)} members; stop match (and annotate before it)")
    shards = [TopicPartition(topics.ANNOTATED, number) for number in range(used.count)]
    committed = await within(timeout, "read the offsets", admin.list_consumer_group_offsets(group, partitions=shards))
    reader = build_reader(settings, client_id="copydesk-shards", isolation_level="read_uncommitted")
    try:
        await within(timeout, "start the reader", reader.start())
        begins = await within(timeout, "read the starts", reader.beginning_offsets(shards))
        ends = await within(timeout, "read the ends", reader.end_offsets(shards))
    finally:
        await within(timeout, "stop the reader", reader.stop())
    waiting = sum(max(0, ends[one] - max(begins[one], committed[one].offset)) for one in shards)
    if waiting:
        raise ConfigurationError(f"{waiting} annotated articles wait for match: let it finish first")


async def _add_partitions(admin: AIOKafkaAdminClient, settings: KafkaSettings, count: int) -> None:
    described = await within(settings.request_timeout, "describe topics", admin.describe_topics(list(SORTED)))
    # What is not there yet gets its partitions when a service makes it.
    lacking = [one["topic"] for one in described if not one["error_code"] and len(one["partitions"]) < count]
    if lacking:
        wanted = {name: NewPartitions(total_count=count) for name in lacking}
        await within(settings.request_timeout, "add partitions", admin.create_partitions(wanted))
        logger.info("partitions_added", topics=lacking, count=count)


async def _copy_log(admin: AIOKafkaAdminClient, settings: KafkaSettings, origin: int, target: int) -> None:
    """The verdict log of one partition onto another, in its order, without what lay there."""
    source, goal = (TopicPartition(topics.VERDICTS, number) for number in (origin, target))
    timeout = settings.request_timeout
    async with open_state_log(settings, goal) as log:
        leftover = log.end
    if leftover:
        deletion = {goal: RecordsToDelete(before_offset=leftover)}
        await within(timeout, "clear the new partition", admin.delete_records(deletion))
    producer = build_producer(settings, client_id="copydesk-shards")
    copied = 0
    try:
        await within(timeout, "start the copying producer", producer.start())
        async with open_state_log(settings, source) as log:
            async for records in log.stream(log.begin):
                await _write(producer, settings, records, target)
                copied += len(records)
    finally:
        await within(timeout, "stop the copying producer", producer.stop())
    logger.info("verdict_log_copied", origin=origin, target=target, records=copied)


async def _write(
    producer: AIOKafkaProducer, settings: KafkaSettings, records: Sequence[ConsumedRecord], partition: int
) -> None:
    """As they are, with their timestamps: retention counts from there."""
    deliveries = [
        await send(producer, OutputRecord(topics.VERDICTS, one.key, one.value, one.headers, partition, one.timestamp))
        for one in records
    ]
    await within(settings.request_timeout, "copy the verdict log", asyncio.gather(*deliveries))
