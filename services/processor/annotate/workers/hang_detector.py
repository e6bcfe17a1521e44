"""Detection of workers that hang, as opposed to workers that get little processor time on a busy machine."""

from __future__ import annotations

import time

from services.runtime.service.process_usage import CpuMeter

STARVED_FACTOR = 8
"""Number of deadlines after which a worker that gets only a part of a processor is regarded as hung too."""


class HangDetector:
    """Detector that decides whether a worker hangs, each time a deadline has passed without an answer.

    A worker hangs if it has used `deadline` seconds of processor time, which no article needs (an endless loop), or
    none since the last check (a deadlock). A worker that got too little processor time may run on, up to
    `STARVED_FACTOR` deadlines. If the processor time cannot be read, the deadline alone counts.
    """

    def __init__(self, meter: CpuMeter, deadline: float) -> None:
        """Start measuring now; `deadline` is in seconds."""
        self._meter = meter
        self._deadline = deadline
        self._started_at = time.monotonic()
        self._first = self._last = meter.read_seconds()

    def is_hung(self) -> bool:
        """Check whether the worker hangs; call it once per deadline."""
        now, before = self._meter.read_seconds(), self._last
        self._last = now
        if now is None or before is None or self._first is None:
            return True
        is_late = time.monotonic() - self._started_at >= STARVED_FACTOR * self._deadline
        return is_late or now - self._first >= self._deadline or now == before
