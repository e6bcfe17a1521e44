"""A real service with points to strike at: `python -m tests.support.whole_path.launch ORDERS MODULE [ARGUMENT...]`.

ORDERS is a file that the suite writes when it wants the process to end or to stop at a point: one line with the
point, the number of the signal, and at which arrival. It is taken away when the order is carried out.
"""

from __future__ import annotations

import asyncio
import os
import runpy
import sys
from pathlib import Path

from services.runtime.service.crash_points import Point, arm

ON_THE_WAY = 0.2
"""Seconds between a point and the signal, in which what was handed to the client reaches the broker: a crash between
two records is one only when the first has arrived."""


class Orders:
    """Looks at each point whether there is an order for it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._arrivals = 0

    async def look(self, point: Point) -> None:
        """End or stop this process when an order says so."""
        try:
            wanted, signal, arrival = self._path.read_text().split()
        except (FileNotFoundError, ValueError):
            return
        if wanted != point:
            return
        self._arrivals += 1
        if self._arrivals < int(arrival):
            return
        self._arrivals = 0
        await asyncio.sleep(ON_THE_WAY)
        try:
            self._path.unlink()
        except FileNotFoundError:
            # Taken back: another member has carried it out.
            return
        os.kill(os.getpid(), int(signal))


def write_order(path: Path, point: Point, signal: int, arrival: int = 1) -> None:
    """Order a signal at a point; in one step, so that no half of it is read."""
    draft = path.with_suffix(".draft")
    draft.write_text(f"{point} {int(signal)} {arrival}")
    draft.replace(path)


def main(arguments: list[str]) -> None:
    """Arm the points and become the service."""
    orders, module, *rest = arguments
    arm(Orders(Path(orders)).look)
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=False)


if __name__ == "__main__":
    main(sys.argv[1:])
