"""Politeness toward hosts: one request to a host at a time, and a pause before the next one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

MAX_REMEMBERED = 1_000
"""Number of hosts above which the hosts whose pause is over are forgotten."""
CRAWL_DELAY_MAX = 60.0
"""Longest pause in seconds that a host may ask for.

RFC 9309 does not define a crawl delay. With a longer one, fetching the pages of a feed would take longer than the
interval of the feed.
"""


@dataclass(slots=True)
class _HostState:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    users: int = 0


class HostThrottle:
    """Limit of one request at a time for each host, with `pause` seconds between two requests."""

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
        self._hosts: dict[str, _HostState] = {}

    @asynccontextmanager
    async def slot(self, name: str, *, delay: float = 0.0) -> AsyncIterator[None]:
        """Wait until the host is free, and hold it during the block.

        Afterwards the host stays busy for the pause, or for `delay` seconds if that is longer.
        """
        host = self._hosts.setdefault(name.lower(), _HostState())
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
            self._forget_idle()

    def _forget_idle(self) -> None:
        if len(self._hosts) > MAX_REMEMBERED:
            now = self._clock()
            self._hosts = {name: host for name, host in self._hosts.items() if host.users or host.free_at > now}
