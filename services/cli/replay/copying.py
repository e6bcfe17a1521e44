"""Copies of raw records, with the time of their first arrival, to the raw topic that the replay's services read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from services.cli.replay.pacing import Pace
from services.cli.replay.writer import ReplayWriter
from services.contracts.headers import LOG_TIME_HEADER
from services.contracts.state.replay_state import ReplayState
from services.contracts.topics import MAX_RECORD_BYTES, RAW, TopicLayout
from services.runtime.kafka.records import ConsumedRecord, OutputRecord, measure_record

BATCH_RECORDS = 500
"""Maximum number of records in one transaction."""
BATCH_BYTES = 8_388_608
"""Size of the values at which a transaction is full."""
BATCH_SECONDS = 0.25
"""Maximum seconds of records in one transaction at a given rate, so that records arrive evenly."""
BATCH_READ = 20_000
"""Number of records that are read before the position is written, even if none of them was chosen."""

Admit = Callable[[Sequence[OutputRecord]], Awaitable[None]]
"""Function that waits until these records may be written."""


class Copier:
    """Copier of the chosen records. What it has written is not written again after a kill."""

    def __init__(
        self,
        has: Callable[[ConsumedRecord], bool],
        writer: ReplayWriter,
        target: TopicLayout,
        *,
        pace: Pace,
        choose_batch: Callable[[], int],
        admit: Admit,
        report: Callable[[ReplayState], None],
    ) -> None:
        """Prepare the work.

        Args:
            has: Function that returns whether a record is to be replayed.
            writer: The writer of the replay.
            target: Layout of the topics, to whose raw topic the records are written.
            pace: Limit of records a second.
            choose_batch: Function that returns the maximum number of records in the next transaction.
            admit: Function that waits until these records may be written, which follows at once.
            report: Function that is called with the state after each transaction.
        """
        self._has = has
        self._writer = writer
        self._topic = target.name(RAW)
        self._partitions = target.partitions
        self._pace = pace
        self._choose_batch = choose_batch
        self._admit = admit
        self._report = report

    async def copy(self, records: AsyncIterator[ConsumedRecord], state: ReplayState) -> ReplayState:
        """Write the chosen records in their order, and return the state at the end.

        A record that is too large with its new header is left out: annotate never got it either. Raises CopydeskError
        if Kafka does not answer.
        """
        outputs: list[OutputRecord] = []
        positions, size, read = dict(state.positions), 0, 0
        async for record in records:
            positions[record.partition] = record.offset + 1
            read += 1
            if self._has(record):
                output = self._build(record)
                if measure_record(output) <= MAX_RECORD_BYTES:
                    outputs.append(output)
                    size += len(record.value or b"")
            if len(outputs) >= self._choose_batch() or size >= BATCH_BYTES or read >= BATCH_READ:
                state = await self._write(outputs, state, positions, read)
                outputs, size, read = [], 0, 0
        return await self._write(outputs, state, positions, read, is_last=True)

    async def _write(
        self,
        outputs: list[OutputRecord],
        state: ReplayState,
        positions: dict[int, int],
        read: int,
        *,
        is_last: bool = False,
    ) -> ReplayState:
        if outputs:
            await self._pace.wait(len(outputs))
            await self._admit(outputs)
        after = state.model_copy(
            update={
                "positions": dict(positions),
                "read": state.read + read,
                "written": state.written + len(outputs),
                "is_written": is_last,
            }
        )
        await self._writer.write(outputs, after)
        self._report(after)
        return after

    def _build(self, record: ConsumedRecord) -> OutputRecord:
        headers = (*record.headers, (LOG_TIME_HEADER, str(record.timestamp).encode()))
        partition = record.partition % self._partitions
        return OutputRecord(self._topic, record.key, record.value, headers, partition)
