"""Tests of restoring a partition's state on a real broker: from the log, from memory and from snapshots."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka.admin import RecordsToDelete
from aiokafka.structs import TopicPartition

from services.contracts.topics import Topic
from services.outcomes import Outcome, Stage
from services.runtime.kafka.producer import WrittenRecord
from services.runtime.kafka.records import ConsumedRecord, OutputRecord
from services.runtime.kafka.state_log import RecordFingerprint, StateLog
from services.runtime.kafka.topics import create_topics
from services.runtime.kafka.transactions import wait_for_transactions
from services.runtime.lanes.partition_state import PartitionState
from services.runtime.lanes.ports import ProcessingResult, WriteState
from services.runtime.lanes.restore import RestoreProgress, Restorer
from services.runtime.lanes.snapshots import SnapshotFolder, SnapshotSource
from services.runtime.service.health import Health
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import KafkaSettings
from tests.support.kafka_records import open_admin, open_producer

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]


class ListProcessor:
    """A processor whose state is the list of all values, in order."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self.is_closed = False

    def begin_transaction(self) -> None:
        """Do nothing: nothing changes."""

    def process(self, record: ConsumedRecord) -> ProcessingResult:
        """Do nothing with the record."""
        return ProcessingResult(Outcome.ENRICHED)

    def close(self) -> None:
        """Remember the call."""
        self.is_closed = True

    def restore(self, records: Sequence[ConsumedRecord]) -> None:
        """Append the values."""
        self.values += [(record.value or b"").decode() for record in records]

    def finish_restore(self) -> None:
        """Do nothing."""

    def snapshot(self) -> WriteState:
        """Capture the list."""
        text = json.dumps(self.values)

        def write(folder: Path) -> None:
            (folder / "values").write_text(text)

        return write

    def load_snapshot(self, folder: Path) -> None:
        """Read the list."""
        self.values = json.loads((folder / "values").read_text())


class Log:
    """A state topic with one partition, its snapshots, and the operations of a lane on them."""

    def __init__(self, servers: str, root: Path) -> None:
        self.settings = KafkaSettings(bootstrap_servers=servers)
        self.partition = TopicPartition(f"state.{uuid4().hex[:8]}", 0)
        self.metrics = Metrics("test")
        self.processors: list[ListProcessor] = []
        source = SnapshotSource("cluster", self.partition.topic, 0, "group", {})
        self.snapshots = SnapshotFolder(root, source)
        health = Health(Stage.MATCH, self.metrics, stall_after=60)
        self.progress = RestoreProgress(Stage.MATCH, self.metrics, health)

    async def create(self) -> None:
        """Create the topic."""
        await create_topics(
            self.settings, [Topic(self.partition.topic, 1, {"cleanup.policy": "compact,delete", "retention.ms": "-1"})]
        )

    async def append(self, *values: str, abort: bool = False) -> None:
        """Write values in one transaction, and wait until readers see its end. A lane waits for it as it starts."""
        async with open_producer(self.settings.bootstrap_servers, f"{self.partition.topic}-writer") as producer:
            await producer.begin_transaction()
            for value in values:
                await producer.send_and_wait(self.partition.topic, value.encode(), key=value.encode(), partition=0)
            await (producer.abort_transaction() if abort else producer.commit_transaction())
        await wait_for_transactions(self.settings, {self.partition.topic: 1})

    def build_restorer(self, state: PartitionState | None = None) -> Restorer:
        """Build a restorer that may continue from an earlier state."""

        def build_processor() -> ListProcessor:
            self.processors.append(ListProcessor())
            return self.processors[-1]

        return Restorer(
            self.settings,
            Stage.MATCH,
            self.partition,
            build_processor=build_processor,
            metrics=self.metrics,
            progress=self.progress,
            snapshots=self.snapshots,
            state=state,
        )

    async def restore(self, earlier: PartitionState | None = None) -> tuple[list[str], int, PartitionState]:
        """Restore; return the values, the number of records read, and the state."""
        restorer = self.build_restorer(earlier)
        state = await restorer.restore()
        assert isinstance(state.processor, ListProcessor)
        return state.processor.values, restorer.restored, state

    async def save(self) -> None:
        """Write a snapshot of the current state."""
        _, _, state = await self.restore()
        assert state.last_record is not None
        self.snapshots.write(state.processor.snapshot(), state.last_record)

    async def delete_before(self, before: int) -> None:
        """Delete records, as retention does."""
        await self._administer(
            lambda admin: admin.delete_records({self.partition: RecordsToDelete(before_offset=before)})
        )

    async def recreate(self) -> None:
        """Delete the topic and create another one with the same name."""
        await self._administer(lambda admin: admin.delete_topics([self.partition.topic]))
        await asyncio.sleep(1)
        await self.create()

    async def _administer(self, call: Callable[..., Awaitable[object]]) -> None:
        async with open_admin(self.settings) as admin:
            await call(admin)

    def place(self, value: bytes, offset: int) -> WrittenRecord:
        """Build the result of writing a record."""
        return WrittenRecord(OutputRecord(self.partition.topic, value, value), self.partition.partition, offset)

    def count(self, outcome: str) -> float:
        """Return the number of snapshots with an outcome."""
        return self.metrics.registry.get_sample_value(
            "copydesk_snapshots_total", {"stage": "match", "outcome": outcome}
        ) or 0.0  # fmt: skip


@pytest.fixture
async def log(kafka: str, tmp_path: Path) -> AsyncIterator[Log]:
    """Create a state topic."""
    log = Log(kafka, tmp_path)
    await log.create()
    yield log


async def test_log_alone_restores_committed_records(log: Log) -> None:
    """The log restores all committed records in order and no aborted one, and the progress ends at 1."""
    assert (await log.restore())[:2] == ([], 0)
    await log.append("a", "b")
    await log.append("never", abort=True)
    await log.append("c")
    assert (await log.restore())[:2] == (["a", "b", "c"], 3)
    assert log.metrics.registry.get_sample_value("copydesk_restore_progress_ratio", {"stage": "match"}) == 1
    assert log.metrics.registry.get_sample_value("copydesk_restoring_lanes_count", {"stage": "match"}) == 0
    assert log.metrics.registry.get_sample_value("copydesk_restored_records_total", {"stage": "match"}) == 3


async def test_state_in_memory_continues_from_its_last_record(log: Log) -> None:
    """A state that stays in memory over a rebalance applies only the records after its last record, from any writer."""
    await log.append("a", "b")
    _, _, earlier = await log.restore()
    assert (await log.restore(earlier))[:2] == (["a", "b"], 0)
    await log.append("never", abort=True)
    await log.append("c")
    values, read, state = await log.restore(earlier)
    assert (values, read, state) == (["a", "b", "c"], 1, earlier)


async def test_own_records_are_not_applied_again(log: Log) -> None:
    """After a transaction, its last record is the last record of the state, and it is not applied a second time."""
    await log.append("a")
    _, _, earlier = await log.restore()
    assert isinstance(earlier.processor, ListProcessor) and earlier.last_record is not None
    earlier.processor.values += ["b", "c"]
    await log.append("b", "c")
    offset = earlier.last_record.offset + 2
    earlier.advance([log.place(value, offset + number) for number, value in enumerate((b"b", b"c"))])
    await log.append("d")
    assert (await log.restore(earlier))[:2] == (["a", "b", "c", "d"], 1)


async def test_state_with_an_unknown_last_record_is_discarded(log: Log) -> None:
    """If the broker returned no offset, the state in memory is closed and the whole log is read."""
    await log.append("a")
    _, _, earlier = await log.restore()
    earlier.advance([log.place(b"b", -1)])
    assert (await log.restore(earlier))[:2] == (["a"], 1)
    assert log.processors[0].is_closed


async def test_state_in_memory_outlives_a_restore_that_is_cancelled_early(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restore that is cancelled while it looks for the last record in the log leaves the state for the next one."""
    await log.append("a", "b")
    _, _, earlier = await log.restore()
    asked = asyncio.Event()

    async def wait(_: StateLog, __: RecordFingerprint) -> bool:
        asked.set()
        return await asyncio.Future[bool]()

    restorer = log.build_restorer(earlier)
    with monkeypatch.context() as patch:
        patch.setattr(StateLog, "contains", wait)
        running = asyncio.create_task(restorer.restore())
        await asked.wait()
        running.cancel()
        await asyncio.wait([running])
    assert restorer.state is earlier
    assert (await log.restore(restorer.state))[:2] == (["a", "b"], 0)


async def test_cancelled_restore_continues(log: Log) -> None:
    """A cancelled restore stops at once, and the next one does not read the same records again."""
    await log.append(*(str(number) for number in range(1_200)))
    restorer = log.build_restorer()
    running = asyncio.create_task(restorer.restore())
    while restorer.restored == 0:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert 0 < restorer.restored < 1_200
    assert log.metrics.registry.get_sample_value("copydesk_restoring_lanes_count", {"stage": "match"}) == 0
    values, read, _ = await log.restore(restorer.state)
    assert values == [str(number) for number in range(1_200)]
    assert read == 1_200 - restorer.restored


async def test_snapshot_and_the_rest_of_the_log(log: Log) -> None:
    """After loading a snapshot, only later records are read, and the state is the same as without it."""
    await log.append("a", "b")
    await log.save()
    await log.append("c")
    assert (await log.restore())[:2] == (["a", "b", "c"], 1)
    assert (log.count("read"), log.count("refused")) == (1, 0)


async def test_damaged_snapshot_is_deleted(log: Log) -> None:
    """A snapshot with one wrong byte is refused and deleted, and the log restores the correct state."""
    await log.append("a", "b")
    await log.save()
    [folder] = log.snapshots.list()
    (folder / "values").write_text('["a","x"]')
    assert (await log.restore())[:2] == (["a", "b"], 2)
    assert (log.count("refused"), log.snapshots.list()) == (1, [])


async def test_snapshot_older_than_the_log_is_refused(log: Log) -> None:
    """A snapshot is refused if the log starts after its last record, because records between them may be missing."""
    await log.append("a", "b")
    await log.save()
    await log.append("c", "d")
    await log.delete_before(before=3)
    assert (await log.restore())[0] == ["c", "d"]
    assert log.count("refused") == 1


async def test_snapshot_of_a_recreated_topic_is_refused(log: Log) -> None:
    """A snapshot is refused if the topic was recreated, whether its offset is unused or has another record."""
    await log.append("a", "b", "c")
    await log.save()
    await log.recreate()
    await log.append("x")
    assert (await log.restore())[0] == ["x"]
    await log.save()
    await log.recreate()
    await log.append("y")
    _, _, earlier = await log.restore()
    assert isinstance(earlier.processor, ListProcessor) and earlier.processor.values == ["y"]
    assert log.count("refused") == 2


async def test_newest_valid_snapshot_is_used(log: Log) -> None:
    """If the newer snapshot is damaged, the older one that a late writer has left is used."""
    await log.append("a")
    _, _, early = await log.restore()
    await log.append("b")
    await log.save()
    assert early.last_record is not None
    log.snapshots.write(early.processor.snapshot(), early.last_record)
    newer, older = log.snapshots.list()
    (newer / "values").write_text("[]")
    assert (await log.restore())[:2] == (["a", "b"], 1)
    assert log.snapshots.list() == [older]
