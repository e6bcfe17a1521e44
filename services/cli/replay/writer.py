"""Transactions of a replay: records and the replay's state are written together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.structs import TopicPartition
from pydantic import ValidationError

from services.contracts.state.replay_state import ReplayState
from services.contracts.topics import REPLAYS, TopicLayout, declare_topics
from services.errors import ConfigurationError
from services.runtime.kafka.records import OutputRecord
from services.runtime.kafka.state_log import open_state_log
from services.runtime.kafka.topics import create_topics
from services.runtime.kafka.transactions import open_transactions, write_together
from services.runtime.service.settings import KafkaSettings

TRANSACTIONAL_ID = "copydesk-replay-"
"""First part of the transactional id, which ends with the replay's name."""


class ReplayWriter:
    """The only writer of one replay."""

    def __init__(self, kafka: KafkaSettings, producer: AIOKafkaProducer, states: TopicPartition) -> None:
        self._kafka = kafka
        self._producer = producer
        self._states = states

    async def read_state(self, name: str) -> ReplayState | None:
        """Return the last state of a replay; None if it has none. Raises ConfigurationError if it cannot be read."""
        found = None
        async with open_state_log(self._kafka, self._states) as log:
            async for records in log.stream(log.begin):
                for record in records:
                    found = record.value if record.key == name.encode() else found
        try:
            return ReplayState.model_validate_json(found) if found is not None else None
        except ValidationError as error:
            raise ConfigurationError(
                f"the state of the replay {name} on {self._states.topic} was written by another version; use another "
                "--name"
            ) from error

    async def write(self, outputs: Sequence[OutputRecord], state: ReplayState) -> None:
        """Write records and the state after them in one transaction. Raises as `write_together` does."""
        noted = OutputRecord(
            self._states.topic, state.name.encode(), state.to_bytes(), partition=self._states.partition
        )
        await write_together(self._kafka, self._producer, [*outputs, noted], what="write the replay")


@asynccontextmanager
async def open_writer(kafka: KafkaSettings, layout: TopicLayout, name: str) -> AsyncIterator[ReplayWriter]:
    """Open the writer of a replay, and shut out an older one of the same name."""
    states = layout.name(REPLAYS)
    await create_topics(kafka, [topic for topic in declare_topics(layout) if topic.name == states])
    async with open_transactions(kafka, layout.name(f"{TRANSACTIONAL_ID}{name}")) as producer:
        yield ReplayWriter(kafka, producer, TopicPartition(states, 0))
