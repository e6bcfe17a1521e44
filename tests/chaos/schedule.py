"""The schedule of faults: a function of the seed and of the number of kills only."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import cycle, islice

from services.runtime.service.crash_points import CrashPoint

POINTS: tuple[tuple[str, CrashPoint], ...] = (
    ("ingest", CrashPoint.PUBLISHED),
    ("ingest", CrashPoint.FEED_STATE),
    ("annotate", CrashPoint.DELIVERED),
    ("match", CrashPoint.FENCED),
    ("match", CrashPoint.BETWEEN_OUTPUTS),
    ("match", CrashPoint.INSIDE_TRANSACTION),
    ("match", CrashPoint.COMMITTED),
    ("sink", CrashPoint.FENCED),
    ("sink", CrashPoint.BETWEEN_OUTPUTS),
    ("sink", CrashPoint.INSIDE_TRANSACTION),
    ("sink", CrashPoint.COMMITTED),
)
"""Crash points at which a kill does the most harm."""
STAGES = ("ingest", "annotate", "match", "sink")
LANES = ("match", "sink")
CLOSE_TO_A_JOIN = 4.0
"""Seconds after a worker's start within which a fault of the broker made faust skip records."""
PAUSES = (0.3, 2.0)
"""Seconds between two faults: enough for new work to be in progress, not for all of it to finish."""
ZOMBIE_SECONDS = 9.0
"""Seconds for which a member is frozen: one and a half times its session."""
SESSION_KILLS = 50
"""Number of kills for which the counts of the other faults are given."""


class Fault(StrEnum):
    """Kind of fault."""

    KILL = "kill"
    """kill -9 at a random moment."""
    KILL_AT = "kill_at"
    """kill -9 at a crash point."""
    TERM = "term"
    """SIGTERM and a new start while records wait."""
    ZOMBIE = "zombie"
    """SIGSTOP inside a transaction (annotate: before the acknowledgement) until the session expires, then SIGCONT."""
    STORM = "storm"
    """Workers join and leave every few seconds."""
    BOUNCE = "bounce"
    """The broker stops and starts, close to a worker's join."""
    CRASH = "crash"
    """The broker is killed and starts, close to a worker's join."""
    STALL = "stall"
    """The broker is frozen, close to a worker's join."""


BROKER_FAULTS = (Fault.BOUNCE, Fault.CRASH, Fault.STALL)


@dataclass(frozen=True, slots=True)
class Step:
    """One fault."""

    fault: Fault
    stage: str = ""
    point: str = ""
    pause: float = 0.0
    """Seconds before the fault."""
    seconds: float = 0.0
    """Seconds that the fault lasts; for a broker's fault, seconds between a join and the fault."""
    choice: float = 0.0
    """Choice of the stage's member, from 0 to 1."""

    def __str__(self) -> str:
        return " ".join(str(value) for value in asdict(self).values() if value != "")


def build_schedule(seed: int, kills: int, *, short: bool = False) -> list[Step]:
    """Build a schedule with at least `kills` kills, one at each crash point, and the other faults in proportion."""
    rng = random.Random(f"schedule-{seed}")

    def at(fault: Fault, stage: str = "", point: str = "", seconds: float = 0.0) -> Step:
        return Step(fault, stage, point, round(rng.uniform(*PAUSES), 2), round(seconds, 2), round(rng.random(), 3))

    def share(full: int) -> int:
        return max(1, round(full * kills / SESSION_KILLS))

    steps = [at(Fault.KILL_AT, stage, point) for stage, point in POINTS]
    steps += [at(Fault.KILL, stage) for stage in STAGES]
    for stage, point in islice(cycle((stage, "") for stage in STAGES), max(0, kills - len(steps)) // 2):
        steps.append(at(Fault.KILL, stage, point))
    extra = max(0, kills - len(steps))
    steps += [at(Fault.KILL_AT, stage, point) for stage, point in rng.choices(POINTS, k=extra)]
    steps += [at(Fault.TERM, stage) for stage in islice(cycle(STAGES), 4 if short else share(30))]
    steps += [at(Fault.ZOMBIE, stage, seconds=ZOMBIE_SECONDS) for stage in _choose_zombies(rng, short, share(10))]
    broker = [rng.choice((Fault.BOUNCE, Fault.STALL))] if short else list(islice(cycle(BROKER_FAULTS), share(20)))
    steps += [at(fault, rng.choice(STAGES[1:]), seconds=rng.uniform(0, CLOSE_TO_A_JOIN)) for fault in broker]
    if not short:
        storms = max(1, share(10))
        steps += [at(Fault.STORM, stage, seconds=30) for stage in islice(cycle(STAGES[1:]), storms)]
    rng.shuffle(steps)
    return steps


def count_kills(steps: Sequence[Step]) -> int:
    """Count the processes that are killed with -9."""
    return sum(step.fault in (Fault.KILL, Fault.KILL_AT) for step in steps)


def _choose_zombies(rng: random.Random, short: bool, count: int) -> list[str]:
    return [rng.choice(LANES)] if short else list(islice(cycle((*LANES, "annotate")), count))
