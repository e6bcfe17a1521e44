"""The pace of a replay in place: live articles go first, and half of annotate's time is theirs."""

from __future__ import annotations

import pytest

from services.cli.replay.pacing import MAX_SECONDS, Ends, LivePace
from services.runtime.kafka.records import OutputRecord
from tests.support.clock import Clock

BATCH = [OutputRecord("raw", None, b"x", (), partition) for partition in (0, 0, 1)]


class Desk:
    """A raw topic, and an annotate that needs the same time for each record."""

    def __init__(self, clock: Clock, *, seconds: float) -> None:
        self.clock = clock
        self.seconds = seconds
        self.arrived = self.waiting = self.finished = self.checks = 0
        self._worked_until = 0.0

    async def read_ends(self) -> Ends:
        """Work until now, and return the ends."""
        while self.waiting and self._worked_until + self.seconds <= self.clock.now:
            self._worked_until += self.seconds
            self.waiting -= 1
            self.finished += 1
        if not self.waiting:
            self._worked_until = self.clock.now
        return Ends(self.arrived, self.finished)

    async def check(self) -> None:
        """Count the checks."""
        self.checks += 1

    async def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self.clock.now += seconds

    def append(self, records: int, *, markers: int = 0) -> None:
        """Append records to the raw topic."""
        self.arrived += records + markers
        self.waiting += records

    async def replay(self, pace: LivePace, batches: int) -> None:
        """Write batches at a pace."""
        for _ in range(batches):
            await pace.admit(BATCH)
            self.append(len(BATCH), markers=2)


def build(clock: Clock, seconds: float) -> tuple[Desk, LivePace]:
    """Build a desk and the pace of a replay on it."""
    desk = Desk(clock, seconds=seconds)
    return desk, LivePace(desk.read_ends, desk.check, largest=8, clock=clock, sleep=desk.sleep)


@pytest.mark.parametrize("seconds", [0.1, 1.0])
async def test_annotate_is_free_for_half_of_the_time(clock: Clock, seconds: float) -> None:
    """A replay takes about half of annotate's time, however fast annotate is, and never more."""
    desk, pace = build(clock, seconds)
    await desk.replay(pace, 10)
    shortest = 2 * 9 * len(BATCH) * seconds
    assert shortest <= clock.now <= 1.3 * shortest


async def test_nothing_is_added_while_live_articles_wait(clock: Clock) -> None:
    """A batch is written only after the live articles that arrived in the meantime, also behind the batch before."""
    desk, pace = build(clock, 0.1)
    await desk.replay(pace, 1)
    desk.append(40)
    await pace.admit(BATCH)
    assert desk.waiting == 0 and clock.now >= 2 * 43 * 0.1


async def test_a_long_batch_is_checked_and_ends(clock: Clock) -> None:
    """While annotate finishes nothing, its progress is checked each second, and the wait has an end."""
    desk, pace = build(clock, 10**6)
    await desk.replay(pace, 2)
    assert desk.checks == pytest.approx(MAX_SECONDS, abs=1)
    assert clock.now == pytest.approx(2 * MAX_SECONDS, abs=1)


async def test_a_batch_is_as_large_as_annotate_is_fast(clock: Clock) -> None:
    """Batches grow up to the largest while annotate is fast, and have one record while it is slow."""
    desk, pace = build(clock, 0.001)
    await desk.replay(pace, 10)
    assert pace.batch == 8
    desk.seconds = 1.0
    await desk.replay(pace, 10)
    assert pace.batch == 1
