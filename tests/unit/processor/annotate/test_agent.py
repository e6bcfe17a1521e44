"""The agent: one outcome per record, acknowledged in order and after delivery; no exception leaves it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from services.contracts import topics
from services.contracts.state.shard_map import DECLARED_SHARDS, ShardMap
from services.errors import CopydeskError, TransientError
from services.outcomes import Stage
from services.processor.annotate.agent import Agent
from services.processor.annotate.metrics import AnnotateMetrics
from services.processor.annotate.raw_records import RawRecord
from services.processor.annotate.reporting import ArticleReporter
from services.processor.annotate.settings import AnnotateSettings
from services.processor.annotate.stream.stuck import StuckPartitionDetector
from services.processor.annotate.workers.batch import annotate_jobs
from services.processor.annotate.workers.messages import Job, JobResult
from services.runtime.kafka.records import OutputRecord
from services.runtime.service.health import Health
from tests.support import fake_pipeline as fakes


class Halted(BaseException):
    """The end of the process, as an exception."""


@dataclass
class Scene:
    """An agent whose neighbours are all in memory."""

    metrics: AnnotateMetrics = field(default_factory=AnnotateMetrics)
    acked: list[int] = field(default_factory=list)
    sent: list[OutputRecord] = field(default_factory=list)
    checked: list[tuple[int, int]] = field(default_factory=list)
    halts: list[str] = field(default_factory=list)
    batches: list[list[RawRecord]] = field(default_factory=list)
    on_annotate: Callable[[], object] | None = None
    on_deliver: Callable[[], object] | None = None
    on_check: Callable[[], object] | None = None
    shards: ShardMap = DECLARED_SHARDS
    topic: str = topics.ANNOTATED
    hold: asyncio.Event | None = None
    """An event for which deliveries wait, if there is one."""

    async def read_batch(self) -> list[RawRecord]:
        await asyncio.sleep(0)
        return self.batches.pop(0) if self.batches else []

    async def annotate(self, jobs: Sequence[Job], moved: Callable[[], None]) -> list[JobResult]:
        if self.on_annotate:
            self.on_annotate()
        await asyncio.sleep(0)
        return list(annotate_jobs(fakes.FakePipeline(), jobs))

    async def deliver(self, outputs: Sequence[OutputRecord]) -> None:
        if self.hold:
            await self.hold.wait()
        if self.on_deliver:
            self.on_deliver()
        self.sent.extend(outputs)

    async def check(self, records: Sequence[tuple[int, int]]) -> None:
        if self.on_check:
            self.on_check()
        self.checked.extend(records)

    def halt(self, why: str) -> None:
        self.halts.append(why)
        raise Halted

    def build(self, **settings: Any) -> Agent:
        fake: Any = self
        return Agent(
            AnnotateSettings(**settings),
            pool=fake,
            delivery=fake,
            offset_checker=fake,
            stuck_detector=StuckPartitionDetector(stall_after=1, enough_elsewhere=1),
            reporter=ArticleReporter(self.metrics),
            health=Health(Stage.ANNOTATE, self.metrics, stall_after=1),
            halt=self.halt,
        )

    async def run(self, **settings: Any) -> None:
        with contextlib.suppress(Halted):
            await self.build(**settings).run(self.read_batch)

    def records(self, *contents: str | bytes | None, start: int = 0) -> list[RawRecord]:
        def build(offset: int, content: str | bytes | None) -> RawRecord:
            value = json.dumps({"content": content}).encode() if isinstance(content, str) else content
            return RawRecord(
                topics.RAW, 0, offset, 1_700_000_000_000, b"k", value, (), lambda: self.acked.append(offset)
            )

        return [build(offset, content) for offset, content in enumerate(contents, start)]

    def sent_to(self, topic: str) -> int:
        return sum(output.topic == topic for output in self.sent)


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_outcomes(scene: Scene) -> None:
    """Good and bad records reach their outcomes in source order, and are acknowledged in that order."""
    scene.batches = [scene.records("a", None, b"{", "b", fakes.RAISE), scene.records("c", start=5)]
    await scene.run()
    dead = topics.dead_letter_topic(topics.RAW)
    assert [output.topic for output in scene.sent] == [
        topics.ANNOTATED,
        dead,
        dead,
        topics.ANNOTATED,
        dead,
        topics.ANNOTATED,
    ]
    assert scene.acked == [0, 1, 2, 3, 4, 5]
    assert scene.checked == [(0, offset) for offset in range(6)]
    assert scene.halts == []


async def test_acknowledged_after_delivery(scene: Scene) -> None:
    """No record is acknowledged before its delivery, and a batch is annotated while the previous one is delivered."""
    scene.hold = asyncio.Event()
    worked: list[int] = []
    scene.on_annotate = lambda: worked.append(1)
    scene.batches = [scene.records("a"), scene.records("b", start=1), scene.records("c", start=2)]
    running = asyncio.create_task(scene.run())
    await asyncio.sleep(0.02)
    assert (len(worked), scene.acked) == (2, [])
    scene.hold.set()
    await running
    assert scene.acked == [0, 1, 2]


def fail(error: BaseException) -> Callable[[], object]:
    def raise_it() -> object:
        raise error

    return raise_it


@pytest.mark.parametrize("error", [ValueError("a bug"), TransientError("no broker"), CopydeskError("a gap")])
@pytest.mark.parametrize("where", ["on_check", "on_annotate", "on_deliver"])
async def test_any_exception_ends_the_process(scene: Scene, where: str, error: Exception) -> None:
    """An exception anywhere ends the process, and no record of the batch is acknowledged."""
    setattr(scene, where, fail(error))
    scene.batches = [scene.records("a", "b")]
    await scene.run()
    assert scene.acked == []
    assert len(scene.halts) == 1
    assert str(error) in scene.halts[0]


async def test_a_failed_delivery_ends_an_idle_process(scene: Scene) -> None:
    """A delivery that fails ends the process even if no batch follows."""
    scene.on_deliver = fail(TransientError("no broker"))
    agent = scene.build()
    batch = scene.records("a")
    with pytest.raises(Halted):
        await agent._deliver(batch, await agent._annotate(batch))
    assert scene.acked == []


@pytest.mark.parametrize("during", ["work", "delivery"])
async def test_cancelled(scene: Scene, during: str) -> None:
    """A cancellation is passed on, and no record is acknowledged that was not delivered."""
    never = asyncio.Event()
    if during == "delivery":
        scene.hold = never
    else:
        scene.check = lambda _: never.wait()  # type: ignore[assignment,method-assign,return-value]
    scene.batches = [scene.records("a"), scene.records("b", start=1)]
    running = asyncio.create_task(scene.build().run(scene.read_batch))
    await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    never.set()
    await asyncio.sleep(0.02)
    assert scene.acked == []


async def test_several_in_a_row(scene: Scene) -> None:
    """Too many unexpected failures in a row, across batches, end the process before the last one is sent."""
    scene.batches = [scene.records(*[fakes.RAISE] * 2), scene.records(fakes.RAISE, start=2)]
    await scene.run(max_failures_in_row=3)
    assert "3 articles in a row failed unexpectedly" in scene.halts[0]
    assert "the article is cursed" in scene.halts[0]
    assert 2 not in scene.acked


async def test_row_is_ended_by_success(scene: Scene) -> None:
    """An article that succeeds ends the row of failures; bad input neither ends it nor adds to it."""
    scene.batches = [scene.records(fakes.RAISE, fakes.RAISE, "a", fakes.RAISE, fakes.RAISE)]
    await scene.run(max_failures_in_row=3)
    assert scene.halts == []
    scene.batches = [scene.records(fakes.RAISE, None, b"{", fakes.RAISE, fakes.REFUSE, fakes.RAISE)]
    await scene.run(max_failures_in_row=3)
    assert len(scene.halts) == 1


async def test_bad_input_never_halts(scene: Scene) -> None:
    """Bad input, however much, is dead-lettered, and the work continues."""
    scene.batches = [scene.records(*[b"{"] * 50), scene.records("a", start=50)]
    await scene.run(max_failures_in_row=3)
    assert (scene.sent_to(topics.dead_letter_topic(topics.RAW)), scene.sent_to(topics.ANNOTATED)) == (50, 1)
    assert scene.acked == [*range(51)]


async def test_counted(scene: Scene) -> None:
    """Each record is counted once, under its outcome, and none is in flight at the end."""
    scene.batches = [scene.records("a", None, "b")]
    await scene.run()
    value = scene.metrics.registry.get_sample_value
    assert value("copydesk_articles_total", {"stage": "annotate", "outcome": "annotated"}) == 2
    assert value("copydesk_articles_total", {"stage": "annotate", "outcome": "dead_lettered"}) == 1
    assert value("copydesk_dead_letters_total", {"stage": "annotate", "reason": "tombstone"}) == 1
    assert value("copydesk_in_flight_articles", {"stage": "annotate"}) == 0
    assert value("copydesk_freshness_seconds_count", {"stage": "annotate"}) == 3
