"""Turns of the test processes of one run on the machine: together with others, or alone."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def take_turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Wait for a turn. A turn alone begins when no other process has one, and the others then wait until it ends.

    All processes must give the same folder. A process that waits for a turn alone holds the gate, so that no new turn
    delays it.
    """
    with ExitStack() as held:
        gate = held.enter_context((folder / "gate.lock").open("w"))
        machine = held.enter_context((folder / "machine.lock").open("w"))
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(machine, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        if not alone:
            fcntl.flock(gate, fcntl.LOCK_UN)
        yield
