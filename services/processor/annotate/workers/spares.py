"""Workers that are started before they are needed: an article can cost two workers, and each needs seconds to load."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from services.errors import CopydeskError
from services.processor.annotate.workers.channel import WorkerChannel

logger = structlog.get_logger()


class SpareWorkers:
    """Starter of spare workers, which keeps `count` of them ready."""

    def __init__(self, start: Callable[[], Awaitable[WorkerChannel]], count: int) -> None:
        self._start = start
        self._count = count
        self._starting: deque[asyncio.Task[WorkerChannel]] = deque()

    def fill(self) -> None:
        """Start the spare workers that are missing, without waiting for them."""
        while len(self._starting) < self._count:
            task = asyncio.create_task(self._start_one(), name="spare worker")
            # Reading the exception of a failed start keeps asyncio from reporting it when no one asks for the worker.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._starting.append(task)

    @property
    def pids(self) -> list[int]:
        """Process ids of the spare workers that are ready."""
        return [
            task.result().pid
            for task in self._starting
            if task.done() and not task.cancelled() and task.exception() is None
        ]

    async def acquire(self) -> WorkerChannel:
        """Return a worker: the spare one that was started first, else a new one. Raises as `WorkerChannel.start`."""
        while self._starting:
            task = self._starting.popleft()
            try:
                channel = await task
            except CopydeskError as error:
                logger.warning("spare_worker_failed", error=str(error))
                continue
            except asyncio.CancelledError:
                self._starting.appendleft(task)
                raise
            if channel.has_ended:
                await channel.kill()
                continue
            self.fill()
            return channel
        channel = await self._start()
        self.fill()
        return channel

    async def stop(self) -> None:
        """End the spare workers, ready or starting."""
        starting, self._starting = self._starting, deque()
        for task in starting:
            task.cancel()
        for done in await asyncio.gather(*starting, return_exceptions=True):
            if isinstance(done, WorkerChannel):
                await done.kill()

    async def _start_one(self) -> WorkerChannel:
        return await self._start()
