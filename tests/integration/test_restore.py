"""Reading a partition's state back on a real broker: from the log, from memory, from a snapshot; and the refusals."""

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
from services.runtime.kafka.producer import Placed
from services.runtime.kafka.records import Output, SourceRecord
from services.runtime.kafka.topics import create_topics
from services.runtime.lanes.ports import ProcessingResult, WriteState
from services.runtime.lanes.replica import Replica
from services.runtime.lanes.restore import RestoreProgress, Restorer
from services.runtime.lanes.snapshots import SnapshotFolder, SnapshotSource
from services.runtime.service.health import Health
from services.runtime.service.metrics import Metrics
from services.runtime.service.settings import KafkaSettings
from tests.support.kafka_records import open_admin, open_producer

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]


class Diary:
    """Work whose state is all values that it ever took, in order."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self.is_closed = False

    def process(self, record: SourceRecord) -> ProcessingResult:
        return ProcessingResult(Outcome.ENRICHED)

    def close(self) -> None:
        self.is_closed = True

    def restore(self, records: Sequence[SourceRecord]) -> None:
        self.values += [(record.value or b"").decode() for record in records]

    def finish_restore(self) -> None:
        """There is nothing to do."""

    def snapshot(self) -> WriteState:
        text = json.dumps(self.values)

        def dump(folder: Path) -> None:
            (folder / "diary").write_text(text)

        return dump

    def load_snapshot(self, folder: Path) -> None:
        self.values = json.loads((folder / "diary").read_text())


class Log:
    """A state topic of one partition, its snapshots, and what a lane would do with them."""

    def __init__(self, servers: str, root: Path) -> None:
        self.settings = KafkaSettings(bootstrap_servers=servers)
        self.partition = TopicPartition(f"state.{uuid4().hex[:8]}", 0)
        self.metrics = Metrics("test")
        self.works: list[Diary] = []
        source = SnapshotSource("cluster", self.partition.topic, 0, "group", {})
        self.snapshots = SnapshotFolder(root, source)
        health = Health(Stage.MATCH, self.metrics, stall_after=60)
        self.progress = RestoreProgress(Stage.MATCH, self.metrics, health)

    async def create(self) -> None:
        await create_topics(
            self.settings, [Topic(self.partition.topic, 1, {"cleanup.policy": "compact,delete", "retention.ms": "-1"})]
        )

    async def append(self, *values: str, abort: bool = False) -> None:
        """One transaction."""
        async with open_producer(self.settings.bootstrap_servers, f"{self.partition.topic}-writer") as producer:
            await producer.begin_transaction()
            for value in values:
                await producer.send_and_wait(self.partition.topic, value.encode(), key=value.encode(), partition=0)
            await (producer.abort_transaction() if abort else producer.commit_transaction())

    def open(self, kept: Replica | None = None) -> Restorer:
        def build_processor() -> Diary:
            self.works.append(Diary())
            return self.works[-1]

        return Restorer(
            self.settings,
            Stage.MATCH,
            self.partition,
            build_processor,
            self.metrics,
            self.progress,
            self.snapshots,
            kept,
        )

    async def restore(self, kept: Replica | None = None) -> tuple[list[str], int, Replica]:
        """The state, how many records were read for it, and all of it."""
        restorer = self.open(kept)
        replica = await restorer.restore()
        assert isinstance(replica.processor, Diary)
        return replica.processor.values, restorer.restored, replica

    async def save(self) -> None:
        """Write a snapshot of the state as it is."""
        _, _, replica = await self.restore()
        assert replica.mark is not None
        self.snapshots.write(replica.processor.snapshot(), replica.mark)

    async def forget(self, before: int) -> None:
        """As retention does."""
        await self._administer(
            lambda admin: admin.delete_records({self.partition: RecordsToDelete(before_offset=before)})
        )

    async def recreate(self) -> None:
        """Another log under the same name."""
        await self._administer(lambda admin: admin.delete_topics([self.partition.topic]))
        await asyncio.sleep(1)
        await self.create()

    async def _administer(self, call: Callable[..., Awaitable[object]]) -> None:
        async with open_admin(self.settings) as admin:
            await call(admin)

    def place(self, value: bytes, offset: int) -> Placed:
        """A record that was written here, and where."""
        return Placed(Output(self.partition.topic, value, value), self.partition.partition, offset)

    def count(self, outcome: str) -> float:
        return self.metrics.registry.get_sample_value(
            "copydesk_snapshots_total", {"stage": "match", "outcome": outcome}
        ) or 0.0  # fmt: skip


@pytest.fixture
async def log(kafka: str, tmp_path: Path) -> AsyncIterator[Log]:
    log = Log(kafka, tmp_path)
    await log.create()
    yield log


async def test_the_log_alone(log: Log) -> None:
    """Committed records in order and no aborted one; of an empty log nothing; the progress ends at 1."""
    assert (await log.restore())[:2] == ([], 0)
    await log.append("a", "b")
    await log.append("never", abort=True)
    await log.append("c")
    assert (await log.restore())[:2] == (["a", "b", "c"], 3)
    assert log.metrics.registry.get_sample_value("copydesk_restore_progress_ratio", {"stage": "match"}) == 1
    assert log.metrics.registry.get_sample_value("copydesk_restoring_lanes_count", {"stage": "match"}) == 0
    assert log.metrics.registry.get_sample_value("copydesk_restored_records_total", {"stage": "match"}) == 3


async def test_a_state_at_hand_reads_on_from_its_mark(log: Log) -> None:
    """What is kept over a rebalance takes only what came since, be it of another owner, and is the same object."""
    await log.append("a", "b")
    _, _, kept = await log.restore()
    assert (await log.restore(kept))[:2] == (["a", "b"], 0)
    await log.append("never", abort=True)
    await log.append("c")
    values, read, replica = await log.restore(kept)
    assert (values, read, replica) == (["a", "b", "c"], 1, kept)


async def test_what_was_written_here_counts_as_taken(log: Log) -> None:
    """After a transaction of its own a state stands at that one's last record, and does not take it twice."""
    await log.append("a")
    _, _, kept = await log.restore()
    assert isinstance(kept.processor, Diary) and kept.mark is not None
    kept.processor.values += ["b", "c"]
    await log.append("b", "c")
    offset = kept.mark.offset + 2
    kept.follow([log.place(value, offset + number) for number, value in enumerate((b"b", b"c"))])
    await log.append("d")
    assert (await log.restore(kept))[:2] == (["a", "b", "c", "d"], 1)


async def test_a_state_of_unknown_place_is_not_used(log: Log) -> None:
    """When the broker did not say an offset the log is read in full, and the old state is closed."""
    await log.append("a")
    _, _, kept = await log.restore()
    kept.follow([log.place(b"b", -1)])
    assert (await log.restore(kept))[:2] == (["a"], 1)
    assert log.works[0].is_closed


async def test_a_restore_that_is_broken_off_goes_on(log: Log) -> None:
    """Cancelled in the middle it stops at once; what it had read is not read again."""
    await log.append(*(str(number) for number in range(1_200)))
    restorer = log.open()
    running = asyncio.create_task(restorer.restore())
    while restorer.restored == 0:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert 0 < restorer.restored < 1_200
    assert log.metrics.registry.get_sample_value("copydesk_restoring_lanes_count", {"stage": "match"}) == 0
    values, read, _ = await log.restore(restorer.replica)
    assert values == [str(number) for number in range(1_200)]
    assert read == 1_200 - restorer.restored


async def test_a_snapshot_and_the_rest_of_the_log(log: Log) -> None:
    """Only what came after the snapshot is read, and the state is the same as without one."""
    await log.append("a", "b")
    await log.save()
    await log.append("c")
    assert (await log.restore())[:2] == (["a", "b", "c"], 1)
    assert (log.count("read"), log.count("refused")) == (1, 0)


async def test_a_damaged_snapshot_is_removed_and_the_log_read(log: Log) -> None:
    """One flipped byte: refused, and the state is right all the same."""
    await log.append("a", "b")
    await log.save()
    [folder] = log.snapshots.list()
    (folder / "diary").write_text('["a","x"]')
    assert (await log.restore())[:2] == (["a", "b"], 2)
    assert (log.count("refused"), log.snapshots.list()) == (1, [])


async def test_a_snapshot_that_retention_overtook_is_refused(log: Log) -> None:
    """When the log begins behind the snapshot, records between them may be lost: the log alone counts."""
    await log.append("a", "b")
    await log.save()
    await log.append("c", "d")
    await log.forget(before=3)
    assert (await log.restore())[0] == ["c", "d"]
    assert log.count("refused") == 1


async def test_a_snapshot_of_another_log_is_refused(log: Log) -> None:
    """Of a topic that was made anew: one further than the new log reaches, and one whose place another record has."""
    await log.append("a", "b", "c")
    await log.save()
    await log.recreate()
    await log.append("x")
    assert (await log.restore())[0] == ["x"]
    await log.save()
    await log.recreate()
    await log.append("y")
    _, _, kept = await log.restore()
    assert isinstance(kept.processor, Diary) and kept.processor.values == ["y"]
    assert log.count("refused") == 2


async def test_of_two_snapshots_the_furthest_that_is_right_is_taken(log: Log) -> None:
    """When the newer one is damaged, an older one that a late writer left serves."""
    await log.append("a")
    _, _, early = await log.restore()
    await log.append("b")
    await log.save()
    assert early.mark is not None
    log.snapshots.write(early.processor.snapshot(), early.mark)
    newer, older = log.snapshots.list()
    (newer / "diary").write_text("[]")
    assert (await log.restore())[:2] == (["a", "b"], 1)
    assert log.snapshots.list() == [older]
