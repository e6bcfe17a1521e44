"""Sending dead letters back to their source topics, each one once.

A transaction writes some records and the notes about them, so that a letter is noted exactly when its record is there.
The transactional id is the same for every replay: a replay that begins shuts out an older one before it reads the notes
(KIP-98). So neither a kill nor two replays at the same time send a letter twice or leave one out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from services.cli.dead_letters.letters import Letter
from services.cli.dead_letters.reading import find_marks, read_letters
from services.cli.dead_letters.selection import Selection
from services.contracts.dead_letter import DeadLetter, ReplayMark
from services.contracts.headers import restore_headers
from services.contracts.topics import DEFAULT_LAYOUT, MAX_RECORD_BYTES, TopicLayout, declare_topics
from services.errors import PermanentError
from services.runtime.kafka.records import OutputRecord, measure_record
from services.runtime.kafka.topics import create_topics, find_topics
from services.runtime.kafka.transactions import open_transactions, write_together
from services.runtime.service.settings import KafkaSettings

TRANSACTIONAL_ID = "copydesk-dlq-replay"
BATCH_LETTERS = 100
"""Maximum number of letters in one transaction."""
BATCH_BYTES = 8_388_608
"""Size of the values from which on a transaction gets no further letter."""

Edit = Callable[[bytes], bytes]
"""Function that returns the value to send instead of the original one."""


@dataclass(slots=True)
class ReplayReport:
    """The result of a replay, by number of letters."""

    replayed: int = 0
    already_replayed: int = 0
    """Letters that an earlier replay has sent, and that were left out."""
    failed: int = 0
    """Letters that cannot be sent."""
    errors: list[str] = field(default_factory=list)
    """One line for each letter that cannot be sent."""

    def add_failure(self, letter: Letter, error: PermanentError) -> None:
        """Count a letter that cannot be sent."""
        self.failed += 1
        self.errors.append(f"{letter.place}: {error}")


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """Options of a replay: what is sent, and who is informed."""

    force: bool = False
    """True also sends letters that were sent before."""
    edit: Edit | None = None
    """Change of the value; None sends the original one."""
    report_planned: Callable[[Letter], None] | None = None
    """Function that is called with each letter that would be sent; if it is given, nothing is sent."""
    report_sent: Callable[[int], None] = lambda _: None
    """Function that is called with the number of letters of each committed transaction."""


async def replay(
    kafka: KafkaSettings, selection: Selection, options: ReplayOptions, layout: TopicLayout = DEFAULT_LAYOUT
) -> ReplayReport:
    """Send the chosen letters back to their source topics and partitions, with their original keys and headers.

    A letter that cannot be sent is reported, and the others are sent. Raises CopydeskError if Kafka does not answer or
    another replay begins: what was committed until then is noted, and a second call sends only the rest.
    """
    if options.report_planned is not None:
        return await _Replay(kafka, options, None, layout).run(selection)
    notes = find_marks(layout).topic
    await create_topics(kafka, [topic for topic in declare_topics(layout) if topic.name == notes])
    async with open_transactions(kafka, layout.name(TRANSACTIONAL_ID)) as producer:
        return await _Replay(kafka, options, producer, layout).run(selection)


class _Replay:
    """One replay. Without a producer it only says what it would send."""

    def __init__(
        self, kafka: KafkaSettings, options: ReplayOptions, producer: AIOKafkaProducer | None, layout: TopicLayout
    ) -> None:
        self._kafka = kafka
        self._options = options
        self._producer = producer
        self._layout = layout
        self._report = ReplayReport()
        self._sources: dict[str, int] = {}
        """Number of partitions of each source topic; 0 for one that does not exist."""

    async def run(self, selection: Selection) -> ReplayReport:
        """Send all chosen letters, in transactions of some letters each."""
        batch: list[tuple[OutputRecord, OutputRecord]] = []
        size = 0
        async for letter in read_letters(self._kafka, selection, self._layout):
            if letter.is_replayed and not self._options.force:
                self._report.already_replayed += 1
                continue
            try:
                batch.append(await self._build(letter))
            except PermanentError as error:
                self._report.add_failure(letter, error)
                continue
            if self._options.report_planned is not None:
                self._options.report_planned(letter)
            size += len(batch[-1][0].value or b"")
            if len(batch) >= BATCH_LETTERS or size >= BATCH_BYTES:
                await self._send(batch)
                batch, size = [], 0
        if batch:
            await self._send(batch)
        return self._report

    async def _build(self, letter: Letter) -> tuple[OutputRecord, OutputRecord]:
        """Return the record to send and the note about it. Raises PermanentError if the letter cannot be sent."""
        decoded = letter.decode()
        await self._check(letter, decoded)
        original = letter.record.value
        value = self._options.edit(original or b"") if self._options.edit is not None else original
        headers = restore_headers(letter.record.headers)
        output = OutputRecord(decoded.topic, letter.record.key, value, headers, decoded.partition)
        if (length := measure_record(output)) > MAX_RECORD_BYTES:
            raise PermanentError(f"the record has {length} bytes, and the limit is {MAX_RECORD_BYTES}")
        mark = ReplayMark(
            id=str(letter.place),
            digest=letter.digest,
            topic=output.topic,
            partition=decoded.partition,
            is_edited=value != original,
            replayed_at=datetime.now(UTC),
        )
        marks = find_marks(self._layout)
        note = OutputRecord(marks.topic, mark.id.encode(), mark.to_bytes(), partition=marks.partition)
        return output, note

    async def _check(self, letter: Letter, decoded: DeadLetter) -> None:
        if letter.omitted is not None:
            raise PermanentError(f"its original bytes were too large to be kept ({letter.omitted})")
        topic = decoded.topic
        if topic not in self._sources:
            found = await find_topics(self._kafka, topic.__eq__)
            self._sources[topic] = found.get(topic, 0)
        if not self._sources[topic]:
            raise PermanentError(f"its source topic {topic} does not exist")
        if decoded.partition >= self._sources[topic]:
            raise PermanentError(f"its source topic {topic} has no partition {decoded.partition}")

    async def _send(self, batch: list[tuple[OutputRecord, OutputRecord]]) -> None:
        """Write the records and the notes in one transaction."""
        if self._producer is not None:
            outputs = [output for pair in batch for output in pair]
            await write_together(self._kafka, self._producer, outputs, what="send dead letters back")
        self._report.replayed += len(batch)
        self._options.report_sent(len(batch))
