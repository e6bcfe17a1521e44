"""The pool of worker processes: jobs in, exactly one result per job out, in order, even when workers are lost.

Process pools of libraries do not fit. One lost worker breaks the pools of concurrent.futures and loky as a whole, anyio
has no step that loads the models, and none returns the results that a worker had sent before it was lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import chain

import structlog

from services.contracts.headers import Failure
from services.errors import CopydeskError, TransientError
from services.outcomes import Reason, Stage
from services.processor.annotate.workers.channel import WorkerChannel, WorkerLostError
from services.processor.annotate.workers.messages import AnnotatorFactory, FailedJob, Job, JobResult
from services.processor.annotate.workers.spares import SpareWorkers

logger = structlog.get_logger()


class PoolError(TransientError):
    """Failure of the pool: workers are lost one after the other, or cannot be replaced.

    The articles are not at fault.
    """


class WorkerPool:
    """A fixed number of workers, each of which is replaced when it dies or hangs.

    A lost worker costs no innocent article its result. The results that it had sent count. The other jobs go to its
    replacement, which answers them one by one, so that the article that loses this worker too is known; only that
    article fails. This bisection needs one step, where halving the jobs would need several.
    """

    def __init__(
        self,
        factory: AnnotatorFactory,
        *,
        workers: int,
        start_deadline: float,
        article_deadline: float,
        max_losses: int,
        spares: int = 0,
        memory_bytes: int | None = None,
        on_lost: Callable[[Reason], None] = lambda _: None,
    ) -> None:
        """Configure the pool without starting it.

        Args:
            factory: Builds the pipeline in each worker.
            workers: Number of workers that annotate at the same time.
            start_deadline: Seconds in which a worker must have loaded its models.
            article_deadline: Seconds without a result after which `HangDetector` is asked.
            max_losses: Number of workers that may be lost in a row without a result in between.
            spares: Number of additional workers that are kept ready.
            memory_bytes: Limit of each worker's memory; None for no limit.
            on_lost: Called with the reason for each worker that is lost.
        """
        self._workers = workers
        self._on_lost = on_lost
        self._article_deadline = article_deadline
        self._max_losses = max_losses
        self._slots: list[_WorkerSlot] = []
        self._spares = SpareWorkers(
            lambda: WorkerChannel.start(factory, deadline=start_deadline, memory_bytes=memory_bytes), spares
        )

    async def start(self) -> None:
        """Start all workers. Raises CopydeskError when one cannot load its models; no worker is left then."""
        self._slots = [self._new_slot() for _ in range(self._workers)]
        starts = [asyncio.create_task(slot.start()) for slot in self._slots]
        try:
            await asyncio.gather(*starts)
        except BaseException:
            for task in starts:
                task.cancel()
            await asyncio.gather(*starts, return_exceptions=True)
            await self.stop()
            raise
        # The spare workers come second: started together, they would slow the workers' start down.
        self._spares.fill()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that run, spare ones included."""
        return [*(slot.pid for slot in self._slots if slot.pid is not None), *self._spares.pids]

    async def annotate(self, jobs: Sequence[Job], on_progress: Callable[[], None] = lambda: None) -> list[JobResult]:
        """Return one result per job, in order. Raises PoolError. Only one caller at a time may call this.

        `on_progress` is called whenever results arrive: a batch with several jobs that hang takes longer than the
        time after which a service counts as stalled.
        """
        shares = _split(jobs, len(self._slots))
        results = await asyncio.gather(
            *(slot.annotate(share, on_progress) for slot, share in zip(self._slots, shares, strict=False))
        )
        return list(chain.from_iterable(results))

    async def stop(self) -> None:
        """Kill all workers immediately, and drop their work in progress."""
        await asyncio.gather(*(slot.stop() for slot in self._slots), self._spares.stop())

    def _new_slot(self) -> _WorkerSlot:
        return _WorkerSlot(self._spares, self._article_deadline, self._max_losses, self._on_lost)


class _WorkerSlot:
    """The place of one worker, and of its replacements one after the other."""

    def __init__(
        self,
        spares: SpareWorkers,
        article_deadline: float,
        max_losses: int,
        on_lost: Callable[[Reason], None],
    ) -> None:
        self._spares = spares
        self._article_deadline = article_deadline
        self._max_losses = max_losses
        self._on_lost = on_lost
        self._channel: WorkerChannel | None = None

    @property
    def pid(self) -> int | None:
        return self._channel.pid if self._channel else None

    async def start(self) -> WorkerChannel:
        """Return the worker; start one if there is none."""
        if self._channel is not None and self._channel.is_killed:
            await self.stop()
        if self._channel is None:
            self._channel = await self._spares.acquire()
        return self._channel

    async def stop(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.kill()

    async def annotate(self, jobs: Sequence[Job], on_progress: Callable[[], None]) -> list[JobResult]:
        """Return one result per job, in order."""
        results: list[JobResult] = []
        one_by_one = False
        losses = 0
        while len(results) < len(jobs):
            before = len(results)
            try:
                await self._run(tuple(jobs[before:]), results, one_by_one, on_progress)
            except WorkerLostError as error:
                await self.stop()
                self._on_lost(_reason(error))
                logger.warning("worker_lost", error=str(error), articles=len(jobs) - len(results), blamed=one_by_one)
                losses = 1 if len(results) > before else losses + 1
                if losses > self._max_losses:
                    raise PoolError(f"{losses} workers were lost in a row; the last: {error}") from error
                if one_by_one:
                    results.append(_fail(error))
                    on_progress()
                one_by_one = True
        return results

    async def _run(
        self, jobs: tuple[Job, ...], results: list[JobResult], one_by_one: bool, on_progress: Callable[[], None]
    ) -> None:
        """Send the jobs to the worker and add its results to `results`. Raises WorkerLostError and PoolError."""
        try:
            channel = await self.start()
        except CopydeskError as error:
            raise PoolError(f"a worker could not be replaced: {error}") from error
        wanted = len(results) + len(jobs)
        try:
            await channel.send(jobs, one_by_one=one_by_one, deadline=self._article_deadline)
            while len(results) < wanted:
                results.extend(await channel.receive(self._article_deadline))
                on_progress()
        except asyncio.CancelledError:
            # The worker's answers would be mistaken for the answers to the next jobs.
            channel.kill_soon()
            raise


def _split(jobs: Sequence[Job], workers: int) -> list[Sequence[Job]]:
    """Split jobs into contiguous shares, none of them empty; joining the shares restores the order."""
    size = -(-len(jobs) // workers)
    return [jobs[start : start + size] for start in range(0, len(jobs), size)] if jobs else []


def _reason(error: WorkerLostError) -> Reason:
    return Reason.TIMED_OUT if error.hung else Reason.WORKER_DIED


def _fail(error: WorkerLostError) -> FailedJob:
    return FailedJob(Failure(_reason(error), Stage.ANNOTATE, type(error).__name__, str(error), attempt=2))
