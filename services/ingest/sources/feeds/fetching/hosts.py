"""Politeness: one request a host at a time, and a pause between two."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

MAX_REMEMBERED = 1_000
"""HostThrottle remembered; those whose pause is over are forgotten beyond it."""
CRAWL_DELAY_MAX = 60.0
"""Seconds. RFC 9309 knows no crawl delay; beyond a minute a feed would fall behind itself."""


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    users: int = 0


class HostThrottle:
    """The hosts that were lately talked to."""

    def __init__(
        self,
        pause: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._pause = pause
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def slot(self, name: str, *, delay: float = 0.0) -> AsyncIterator[None]:
        """The block has the host for itself; the next one waits the pause, or `delay` seconds if that is longer."""
        host = self._hosts.setdefault(name.lower(), _Host())
        host.users += 1
        try:
            async with host.lock:
                wait = host.free_at - self._clock()
                if wait > 0:
                    await self._sleep(wait)
                try:
                    yield
                finally:
                    host.free_at = self._clock() + max(self._pause, min(delay, CRAWL_DELAY_MAX))
        finally:
            host.users -= 1
            self._forget()

    def _forget(self) -> None:
        if len(self._hosts) > MAX_REMEMBERED:
            now = self._clock()
            self._hosts = {name: host for name, host in self._hosts.items() if host.users or host.free_at > now}
