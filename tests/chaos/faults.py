"""The faults of the schedule, each applied to the running members or to the broker."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.embedded import EmbeddedKafka
from services.runtime.service.crash_points import CrashPoint
from services.runtime.service.lifecycle import EXIT_DEADLINE
from tests.chaos.schedule import Fault, Step
from tests.support.whole_path.members import Member, Members, ViolationError

POINT_WITHIN = 180.0
"""Seconds within which a crash point is reached under load."""
STORM_PAUSE = 2.5
"""Seconds between a join and the following leave in a storm of rebalances."""
STALL_SECONDS = 8.0
"""Seconds for which the broker is frozen: longer than a session."""
DOWN_SECONDS = 2.0
"""Seconds for which the broker is down."""
OBEYED_WITHIN = 0.2
"""Seconds between the removal of an order's file and its execution."""
TAKEOVER_SECONDS = 2.0
"""Seconds between the first and the last lane that another member opens."""
FENCED_WITHIN = 20.0
"""Seconds within which a zombie learns that it is fenced."""


@dataclass(slots=True)
class Striker:
    """Executor of the schedule's faults, which it counts."""

    members: Members
    broker: EmbeddedKafka
    done: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)

    async def strike(self, step: Step) -> None:
        """Execute one step to its end: the member that was hit runs again, or is starting."""
        await asyncio.sleep(step.pause)
        deeds: dict[Fault, Callable[[Step], Awaitable[None]]] = {
            Fault.KILL: self._kill,
            Fault.KILL_AT: self._kill_at,
            Fault.TERM: self._term,
            Fault.ZOMBIE: self._make_zombie,
            Fault.STORM: self._storm,
            Fault.BOUNCE: self._hit_broker,
            Fault.CRASH: self._hit_broker,
            Fault.STALL: self._hit_broker,
        }
        await deeds[step.fault](step)
        self.done[step.fault] += 1

    async def _kill(self, step: Step) -> None:
        member = self._choose(step)
        while member.has_ended:
            await asyncio.sleep(0.05)
        member.process.process.kill()

    async def _kill_at(self, step: Step) -> None:
        """Give the order to every member of the stage: the next one to work is not known, and one executes it."""
        point = CrashPoint(step.point)
        obeying = await self._order(step.stage, point, signal.SIGKILL)
        self.points[f"{obeying.stage} {point}"] += 1

    async def _order(self, stage: str, point: CrashPoint, number: int) -> Member:
        """Give the order until one member has executed it, then cancel it for the others."""
        members = self.members.of(stage)
        for member in members:
            member.order(point, number)
        if point is CrashPoint.FENCED:
            # A lane is fenced when it opens: let one open.
            members[0].process.process.kill()
        deadline = time.monotonic() + POINT_WITHIN
        try:
            while True:
                for member in members:
                    if not member.orders.exists():
                        return member
                if time.monotonic() > deadline:
                    raise ViolationError(f"{stage} did not come to {point} in {POINT_WITHIN:g} s")
                await asyncio.sleep(0.02)
        finally:
            for member in members:
                member.orders.unlink(missing_ok=True)

    async def _term(self, step: Step) -> None:
        member = self._choose(step)
        # Before it has logged its start, it has no handler for the signal and no work.
        await self._wait(f"{member.name} starts", lambda: bool(member.process.events("service_started")))
        code = await self.members.stop(member)
        if code == EXIT_DEADLINE:
            self.done["stops at the deadline"] += 1
        elif code not in (0, -signal.SIGKILL):
            raise ViolationError(f"{member.name} ended with {code} on SIGTERM: {member.process.tail()}")
        self.members.restart(member)

    async def _make_zombie(self, step: Step) -> None:
        """Freeze a member inside a transaction until another one has its partitions, then let it continue to write."""
        point = CrashPoint.DELIVERED if step.stage == "annotate" else CrashPoint.INSIDE_TRANSACTION
        for member in self.members.of(step.stage):
            member.is_stopped = True
        zombie = await self._order(step.stage, point, signal.SIGSTOP)
        await asyncio.sleep(OBEYED_WITHIN)
        for member in self.members.of(step.stage):
            member.is_stopped = member is zombie
            if member is not zombie and not member.has_ended:
                # Both members may reach the point before the order is cancelled.
                member.process.signal(signal.SIGCONT)
        stopped_at = datetime.now(UTC)
        await asyncio.sleep(step.seconds)
        if step.stage != "annotate":
            await self._wait_takeover(zombie, stopped_at)
        zombie.is_wanted = False
        zombie.process.signal(signal.SIGCONT)
        deadline = time.monotonic() + FENCED_WITHIN
        while not zombie.has_ended and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        if zombie.has_ended and (code := zombie.process.process.returncode) != EXIT_DEADLINE:
            raise ViolationError(f"the zombie {zombie.name} ended with {code}: {zombie.process.tail()}")
        self.done["zombies shut out" if zombie.has_ended else "zombies that went on"] += 1
        zombie.is_wanted, zombie.is_stopped = True, False

    async def _wait_takeover(self, zombie: Member, stopped_at: datetime) -> None:
        """Wait until another member has opened lanes; the zombie's lane is one of them, because its records wait."""
        others = [member for member in self.members.of(zombie.stage) if member is not zombie]
        await self._wait(
            f"another takes over from {zombie.name}",
            lambda: any(_opened_since(other, stopped_at) for other in others),
        )
        await asyncio.sleep(TAKEOVER_SECONDS)

    async def _storm(self, step: Step) -> None:
        """Let one more member join and leave repeatedly."""
        until = time.monotonic() + step.seconds
        name = f"{step.stage}-storm"
        extra = self.members.by_name.get(name) or self.members.start(name)
        while time.monotonic() < until:
            if extra.has_ended:
                self.members.restart(extra)
            extra.is_wanted = False
            await asyncio.sleep(STORM_PAUSE + step.choice)
            await self.members.stop(extra)
            await asyncio.sleep(step.choice)
        del self.members.by_name[name]

    async def _hit_broker(self, step: Step) -> None:
        """Let a worker join, and take the broker away some moments later."""
        worker = self._choose(step)
        worker.process.process.kill()
        await asyncio.sleep(step.seconds)
        if step.fault is Fault.STALL:
            self.broker.pause()
            await asyncio.sleep(STALL_SECONDS)
            self.broker.resume()
            return
        if step.fault is Fault.CRASH:
            await asyncio.to_thread(self.broker.kill)
        else:
            await asyncio.to_thread(self.broker.stop)
        await asyncio.sleep(DOWN_SECONDS)
        # The broker's watcher keeps the broker alive when the thread that started it ends.
        await asyncio.to_thread(self.broker.restart)

    async def _wait(self, what: str, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + POINT_WITHIN
        while not condition():
            if time.monotonic() > deadline:
                raise ViolationError(f"not in {POINT_WITHIN:g} s: {what}")
            await asyncio.sleep(0.1)

    def _choose(self, step: Step) -> Member:
        members = self.members.of(step.stage)
        return members[min(len(members) - 1, int(step.choice * len(members)))]


def _opened_since(member: Member, moment: datetime) -> bool:
    """Return whether a member has opened a lane since the moment; it may have been restarted in between."""
    opened = member.process.events("lane_opened")
    return any(datetime.fromisoformat(event["timestamp"]) > moment for event in opened)
