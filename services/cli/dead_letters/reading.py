"""Reading of the dead-letter topics, and of the notes about the letters that were sent back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial

from aiokafka.structs import TopicPartition
from pydantic import ValidationError

from services.cli.dead_letters.letters import Letter
from services.cli.dead_letters.selection import Selection
from services.contracts.dead_letter import ReplayMark
from services.contracts.topics import DEFAULT_LAYOUT, REPLAYED, TopicLayout
from services.errors import CopydeskError
from services.runtime.kafka.records import ConsumedRecord
from services.runtime.kafka.state_log import StateLog, open_state_log
from services.runtime.kafka.topics import find_topics
from services.runtime.service.settings import KafkaSettings

Marks = Mapping[str, ReplayMark]
"""The last note about each dead letter that was sent back, by the letter's id."""


def find_marks(layout: TopicLayout) -> TopicPartition:
    """Return the partition of the notes about the letters that were sent back."""
    return TopicPartition(layout.name(REPLAYED), 0)


async def _read_marks(kafka: KafkaSettings, partition: TopicPartition) -> Marks:
    """Read all notes. Raises TransientError if Kafka does not answer, CopydeskError for a record that is no note."""
    if not await find_topics(kafka, partition.topic.__eq__):
        return {}
    marks: dict[str, ReplayMark] = {}
    async with open_state_log(kafka, partition) as log:
        async for records in log.stream(log.begin):
            for record in records:
                try:
                    mark = ReplayMark.model_validate_json(record.value or b"")
                except ValidationError as error:
                    raise CopydeskError(f"{partition.topic}, offset {record.offset}: not a note of a replay") from error
                marks[mark.id] = mark
    return marks


async def read_letters(
    kafka: KafkaSettings, selection: Selection, layout: TopicLayout = DEFAULT_LAYOUT
) -> AsyncIterator[Letter]:
    """Yield the chosen letters that exist now, topic by topic in the order of their names, each in log order.

    The notes about the letters that were sent back are read first. Raises TransientError if Kafka does not answer, and
    CopydeskError for a record that is no note.
    """
    marks = await _read_marks(kafka, find_marks(layout))
    topics = await find_topics(kafka, partial(selection.has_topic, layout=layout))
    for topic, partitions in sorted(topics.items()):
        for number in range(partitions):
            async with open_state_log(kafka, TopicPartition(topic, number)) as log:
                async for record in _read_records(log, selection.list_offsets(topic, number)):
                    letter = _mark_replayed(Letter(record), marks)
                    if selection.has(letter):
                        yield letter


async def _read_records(log: StateLog, offsets: Sequence[int] | None) -> AsyncIterator[ConsumedRecord]:
    """Yield the records at the offsets, or all records."""
    if offsets is None:
        async for records in log.stream(log.begin):
            for record in records:
                yield record
        return
    for offset in offsets:
        if (found := await log.find(offset)) is not None:
            yield found


def _mark_replayed(letter: Letter, marks: Marks) -> Letter:
    """Return the letter, marked as replayed if a note says that it was sent back."""
    mark = marks.get(str(letter.place))
    return letter if mark is None else Letter(letter.record, mark.digest == letter.digest)
