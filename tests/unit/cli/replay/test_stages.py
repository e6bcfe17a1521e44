"""The records that wait for a stage of a replay: progress that is missing is reported, and ends a replay in place."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from aiokafka.structs import TopicPartition

from services.cli.replay.stages import LIVE_PATIENCE, REPORTED_IDLE, Backlog, ReplayedStage
from services.errors import TransientError
from services.runtime.service.settings import KafkaSettings
from tests.support.clock import Clock

ONE = TopicPartition("raw", 0)
STAGE = ReplayedStage("annotate", (), "annotate", "raw", 1)


class ScriptedBacklog(Backlog):
    """A backlog whose numbers the test sets."""

    waiting = 40
    position = 7

    async def _count(self) -> tuple[int, Mapping[TopicPartition, int]]:
        return self.waiting, {ONE: self.position}


@pytest.fixture
def lines() -> list[str]:
    """Provide the lines that are reported."""
    return []


@pytest.fixture
def backlog(lines: list[str], clock: Clock) -> ScriptedBacklog:
    """Build the backlog of a replay in place."""
    kafka = KafkaSettings(bootstrap_servers="x")
    return ScriptedBacklog(kafka, STAGE, report=lines.append, patience=LIVE_PATIENCE, clock=clock)


async def test_a_stage_without_progress_is_reported_and_then_an_error(
    backlog: ScriptedBacklog, lines: list[str], clock: Clock
) -> None:
    """While records wait and the stage does not move, a line says so at intervals, and then the wait ends."""
    for _ in range(int(LIVE_PATIENCE)):
        assert await backlog.count() == 40
        clock.now += 1
    assert len(lines) == LIVE_PATIENCE // REPORTED_IDLE - 1
    assert lines[0] == "40 records wait for annotate, which has made no progress for 30 s"
    with pytest.raises(TransientError, match="no progress for 300 s; see why annotate"):
        await backlog.count()


async def test_progress_and_an_empty_backlog_begin_again(
    backlog: ScriptedBacklog, lines: list[str], clock: Clock
) -> None:
    """Neither a stage that moves nor one without waiting records is reported, however long it lasts."""
    for _ in range(100):
        await backlog.count()
        clock.now += REPORTED_IDLE
        backlog.position += 1
    backlog.waiting = 0
    for _ in range(100):
        await backlog.count()
        clock.now += REPORTED_IDLE
    assert lines == []
