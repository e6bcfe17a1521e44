"""Reading of a whole topic: the committed records that it has now."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiokafka.structs import TopicPartition

from services.errors import ConfigurationError
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.kafka.state_log import open_state_log
from services.runtime.kafka.topics import find_topics
from services.runtime.service.settings import KafkaSettings


async def read_whole_topic(
    kafka: KafkaSettings, name: str, absent: str = "there is no topic"
) -> AsyncIterator[ConsumedRecord]:
    """Yield the committed records that a topic has now, partition by partition.

    Raises ConfigurationError, which begins with `absent`, if the topic does not exist, and TransientError if Kafka does
    not answer.
    """
    found = await find_topics(kafka, name.__eq__)
    if name not in found:
        raise ConfigurationError(f"{absent} {name} at {kafka.bootstrap_servers}")
    for number in range(found[name]):
        async with open_state_log(kafka, TopicPartition(name, number)) as log:
            async for records in log.stream(log.begin):
                for record in records:
                    yield record
