"""The faults of the schedule, each done to the running members or to the broker."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.embedded import EmbeddedKafka
from services.runtime.service.crash_points import Point
from services.runtime.service.lifecycle import EXIT_DEADLINE
from tests.chaos.schedule import Fault, Step
from tests.support.whole_path.members import Member, Members, ViolationError

POINT_WITHIN = 180.0
"""Seconds under load in which a point is reached."""
STORM_PAUSE = 2.5
"""Seconds between a join and a leaving in a storm."""
STALL_SECONDS = 8.0
"""How long the broker stands still: longer than a session."""
DOWN_SECONDS = 2.0
"""How long it is away."""
OBEYED_WITHIN = 0.2
"""Seconds from taking an order off its file to the deed."""
TAKEOVER_SECONDS = 2.0
"""Between the first lane that another opened and the last."""
FENCED_WITHIN = 20.0
"""Seconds in which a zombie finds out."""


@dataclass(slots=True)
class Striker:
    """Does what the schedule says, and counts it."""

    members: Members
    broker: EmbeddedKafka
    done: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)

    async def strike(self, step: Step) -> None:
        """One step, to its end: whoever was hit is up again, or on its way."""
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
        """Every member of the stage has the order, since which of them works next is not known; one carries it out."""
        point = Point(step.point)
        obeying = await self._order(step.stage, point, signal.SIGKILL)
        self.points[f"{obeying.stage} {point}"] += 1

    async def _order(self, stage: str, point: Point, number: int) -> Member:
        """Give the order, until one member has carried it out; the others' is taken back."""
        members = self.members.of(stage)
        for member in members:
            member.order(point, number)
        if point is Point.FENCED:
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
        # Before it has said so, it has no handler for the signal, nor anything in hand.
        await self._wait(f"{member.name} starts", lambda: bool(member.process.events("service_started")))
        code = await self.members.stop(member)
        if code == EXIT_DEADLINE:
            self.done["stops at the deadline"] += 1
        elif code not in (0, -signal.SIGKILL):
            raise ViolationError(f"{member.name} ended with {code} on SIGTERM: {member.process.tail()}")
        self.members.restart(member)

    async def _make_zombie(self, step: Step) -> None:
        """Stop a member inside a transaction until another has its partitions, and let it go on writing then."""
        point = Point.DELIVERED if step.stage == "annotate" else Point.INSIDE_TRANSACTION
        for member in self.members.of(step.stage):
            member.is_stopped = True
        zombie = await self._order(step.stage, point, signal.SIGSTOP)
        await asyncio.sleep(OBEYED_WITHIN)
        for member in self.members.of(step.stage):
            member.is_stopped = member is zombie
            if member is not zombie and not member.has_ended:
                # Both may have come to the point before the order was taken back.
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
        """Until another has lanes open; the zombie's transaction has records waiting, so that its lane is of those."""
        others = [member for member in self.members.of(zombie.stage) if member is not zombie]
        await self._wait(
            f"another takes over from {zombie.name}",
            lambda: any(_opened_since(other, stopped_at) for other in others),
        )
        await asyncio.sleep(TAKEOVER_SECONDS)

    async def _storm(self, step: Step) -> None:
        """One more member that comes and goes."""
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
        """Let a worker join, and some moments later the broker is away."""
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
        # From a thread that ends the broker would end with it, were it not for its watcher.
        await asyncio.to_thread(self.broker.restart)

    async def _wait(self, what: str, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + POINT_WITHIN
        while not is_so():
            if time.monotonic() > deadline:
                raise ViolationError(f"not in {POINT_WITHIN:g} s: {what}")
            await asyncio.sleep(0.1)

    def _choose(self, step: Step) -> Member:
        members = self.members.of(step.stage)
        return members[min(len(members) - 1, int(step.choice * len(members)))]


def _opened_since(member: Member, moment: datetime) -> bool:
    """Tell whether a member has opened a lane; it may have been started anew meanwhile."""
    opened = member.process.events("lane_opened")
    return any(datetime.fromisoformat(event["timestamp"]) > moment for event in opened)
