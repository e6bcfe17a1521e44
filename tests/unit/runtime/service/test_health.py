"""Tests of health: a process that has stalled differs from a process that has nothing to do."""

from __future__ import annotations

import pytest
from aiokafka.structs import TopicPartition

from services.outcomes import Stage
from services.runtime.service.health import MEMBERSHIP, Health
from services.runtime.service.metrics import Metrics
from tests.support.clock import Clock

ONE, TWO = TopicPartition("input", 1), TopicPartition("input", 2)
STALL = 60.0


@pytest.fixture
def health(clock: Clock) -> Health:
    """Give the health of a service that is ready and is a member of its group."""
    health = Health(Stage.MATCH, Metrics("test"), stall_after=STALL, clock=clock)
    health.set_ready(MEMBERSHIP, True)
    return health


def test_idle_is_alive(health: Health, clock: Clock) -> None:
    """A process is live without progress as long as no record waits."""
    health.observe_lag(0)
    health.observe_positions({ONE: 7}, {ONE: 0})
    clock.now = 10_000
    assert health.check_live() == (True, "live")


def test_waiting_records_without_progress_are_a_stall(health: Health, clock: Clock) -> None:
    """Records that wait without progress are a stall after the configured time, and one article ends the stall."""
    health.observe_lag(5)
    health.observe_lag(5)
    clock.now = STALL
    assert health.check_live()[0]
    clock.now = STALL + 1
    assert health.check_live() == (False, "stalled: 5 records wait and nothing moved for 61 s")
    health.report_progress()
    assert health.check_live()[0]


def test_one_partition_of_two_stalls(health: Health, clock: Clock) -> None:
    """A partition that does not move while another does is a stall, and the answer names it."""
    for position in range(0, 100, 10):
        clock.now = float(position)
        health.report_progress()
        health.observe_lag(9)
        health.observe_positions({ONE: position, TWO: 40}, {ONE: 3, TWO: 6})
    assert health.check_live() == (False, "stalled: input-2 has records waiting and has not moved for 90 s")
    health.observe_positions({ONE: 100, TWO: 41}, {ONE: 3, TWO: 5})
    assert health.check_live()[0]


def test_a_partition_may_stop_while_state_is_read(health: Health, clock: Clock) -> None:
    """While a part is not ready, progress anywhere keeps the process live."""
    health.set_ready("lanes", False)
    for now in (0.0, 50.0, 100.0):
        clock.now = now
        health.report_progress()
        health.observe_positions({ONE: 1}, {ONE: 3})
    assert health.check_live()[0]


def test_a_member_outside_its_group_is_a_stall(health: Health, clock: Clock) -> None:
    """A member that is outside its group for longer than a rebalance lasts has stalled, with or without records."""
    health.set_ready(MEMBERSHIP, False)
    clock.now = 30.0
    health.set_ready(MEMBERSHIP, False)
    assert health.check_live()[0]
    clock.now = 61.0
    assert health.check_live() == (False, "stalled: no place in the consumer group for 61 s")
    health.set_ready(MEMBERSHIP, True)
    assert health.check_live()[0]


def test_a_poll_that_hangs_is_a_stall(health: Health, clock: Clock) -> None:
    """A lag poll that does not end is a stall, because without it no stall could be seen."""
    clock.now = 1_000.0
    assert health.check_live()[0]
    health.report_lag_poll(reached=True)
    clock.now = 1_061.0
    assert health.check_live() == (False, "stalled: the lag was not measured for 61 s")


def test_a_broker_that_is_away_is_no_stall_at_first(health: Health, clock: Clock) -> None:
    """While the broker does not answer, a stall may last five times as long."""
    health.observe_lag(5)
    health.observe_lag(5)
    for now in range(0, 290, 10):
        clock.now = float(now)
        health.report_lag_poll(reached=False)
    assert health.check_live()[0]
    clock.now = 301.0
    health.report_lag_poll(reached=False)
    assert health.check_live() == (False, "stalled: 5 records wait and nothing moved for 301 s")
    health.report_progress()
    clock.now += STALL + 1
    health.report_lag_poll(reached=True)
    assert not health.check_live()[0]


def test_a_partition_that_stopped_during_a_restore_gets_its_full_time(health: Health, clock: Clock) -> None:
    """After a restore that lasted longer than a stall may, the partition has as much time as any other."""
    health.set_ready("lanes", False)
    for clock.now in range(0, 200, 10):
        health.report_progress()
        health.observe_lag(5)
        health.observe_positions({ONE: 7}, {ONE: 5})
    health.set_ready("lanes", True)
    health.observe_positions({ONE: 7}, {ONE: 5})
    assert health.check_live()[0]
    clock.now += STALL + 1
    health.report_progress()
    assert health.check_live() == (False, "stalled: input-1 has records waiting and has not moved for 61 s")
