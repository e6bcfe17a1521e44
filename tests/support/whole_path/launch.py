"""A real service with armed crash points: `python -m tests.support.whole_path.launch ORDERS MODULE [ARGUMENT...]`.

The suite writes the file ORDERS when the process must end or stop at a point. The file has one line with the point, the
number of the signal and the arrival at which to send it. It is removed when the order is executed.
"""

from __future__ import annotations

import asyncio
import os
import runpy
import sys
from pathlib import Path

from services.runtime.service.crash_points import CrashPoint, arm

ON_THE_WAY = 0.2
"""Seconds between a point and the signal, in which the client's records reach the broker.

A crash is between two records only if the first one has arrived.
"""


class Orders:
    """Orders of a test to this process, read at each crash point."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._arrivals = 0

    async def obey(self, point: CrashPoint) -> None:
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
            # The order was cancelled: another member has executed it.
            return
        os.kill(os.getpid(), int(signal))


def write_order(path: Path, point: CrashPoint, signal: int, arrival: int = 1) -> None:
    """Order a signal at a point. The write is atomic, so that no half of it is read."""
    draft = path.with_suffix(".draft")
    draft.write_text(f"{point} {int(signal)} {arrival}")
    draft.replace(path)


def main(arguments: list[str]) -> None:
    """Arm the crash points and run the service."""
    orders, module, *rest = arguments
    arm(Orders(Path(orders)).obey)
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=False)


if __name__ == "__main__":
    main(sys.argv[1:])
