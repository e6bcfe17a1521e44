"""The worker processes together: jobs in, exactly one result a job out, in order, whatever becomes of a worker."""

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
from services.processor.annotate.workers.spares import Spares

logger = structlog.get_logger()


class PoolError(TransientError):
    """The workers fail one after the other: the fault is not the articles'."""


class WorkerPool:
    """A fixed number of workers, each replaced when it dies or hangs.

    A worker that is lost takes no innocent article with it: results that it had sent count, the rest goes to its
    replacement, which answers one by one, so that the article at which it is lost again is known. That is a
    bisection which needs one step where halving needs several. Only that article fails.
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
        lost: Callable[[Reason], None] = lambda _: None,
    ) -> None:
        """`spares` are kept ready beside the workers; `lost` is called with the reason for each worker that is lost."""
        self._workers = workers
        self._lost = lost
        self._article_deadline = article_deadline
        self._max_losses = max_losses
        self._slots: list[_Slot] = []
        self._spares = Spares(
            lambda: WorkerChannel.start(factory, deadline=start_deadline, memory_bytes=memory_bytes), spares
        )

    async def start(self) -> None:
        """Start all workers. Raises CopydeskError when one cannot load its models, and then none is left."""
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
        # After the workers, whose start would otherwise take longer.
        self._spares.fill()

    @property
    def pids(self) -> list[int]:
        """Of the worker processes that run, spares included."""
        return [*(slot.pid for slot in self._slots if slot.pid is not None), *self._spares.pids]

    async def annotate(self, jobs: Sequence[Job], moved: Callable[[], None] = lambda: None) -> list[JobResult]:
        """One result a job, in order. Raises PoolError; not for two callers at once.

        `moved` is called whenever there are results: a batch with several jobs that hang takes longer than a stall may.
        """
        shares = _share(jobs, len(self._slots))
        done = await asyncio.gather(
            *(slot.work(share, moved) for slot, share in zip(self._slots, shares, strict=False))
        )
        return list(chain.from_iterable(done))

    async def stop(self) -> None:
        """End all workers at once; what they are at is dropped."""
        await asyncio.gather(*(slot.stop() for slot in self._slots), self._spares.stop())

    def _new_slot(self) -> _Slot:
        return _Slot(self._spares, self._article_deadline, self._max_losses, self._lost)


class _Slot:
    """One worker after the other."""

    def __init__(
        self,
        spares: Spares,
        article_deadline: float,
        max_losses: int,
        lost: Callable[[Reason], None],
    ) -> None:
        self._spares = spares
        self._article_deadline = article_deadline
        self._max_losses = max_losses
        self._lost = lost
        self._channel: WorkerChannel | None = None

    @property
    def pid(self) -> int | None:
        return self._channel.pid if self._channel else None

    async def start(self) -> WorkerChannel:
        """The worker, started if there is none."""
        if self._channel is not None and self._channel.abandoned:
            await self.stop()
        if self._channel is None:
            self._channel = await self._spares.take()
        return self._channel

    async def stop(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.kill()

    async def work(self, jobs: Sequence[Job], moved: Callable[[], None]) -> list[JobResult]:
        """One result a job, in order."""
        results: list[JobResult] = []
        one_by_one = False
        losses = 0
        while len(results) < len(jobs):
            rest = tuple(jobs[len(results) :])
            before = len(results)
            try:
                await self._run(rest, results, one_by_one, moved)
            except WorkerLostError as error:
                await self.stop()
                self._lost(_reason(error))
                blamed = one_by_one
                logger.warning("worker_lost", error=str(error), articles=len(jobs) - len(results), blamed=blamed)
                losses = 1 if len(results) > before else losses + 1
                if losses > self._max_losses:
                    raise PoolError(f"{losses} workers were lost in a row; the last: {error}") from error
                if blamed:
                    results.append(_blame(error))
                    moved()
                one_by_one = True
        return results

    async def _run(
        self, jobs: tuple[Job, ...], results: list[JobResult], one_by_one: bool, moved: Callable[[], None]
    ) -> None:
        try:
            channel = await self.start()
        except CopydeskError as error:
            raise PoolError(f"a worker could not be replaced: {error}") from error
        wanted = len(results) + len(jobs)
        try:
            await channel.send(jobs, one_by_one=one_by_one, deadline=self._article_deadline)
            while len(results) < wanted:
                results.extend(await channel.receive(self._article_deadline))
                moved()
        except asyncio.CancelledError:
            # Its answers would be taken for those to the next jobs.
            channel.abandon()
            raise


def _share(jobs: Sequence[Job], workers: int) -> list[Sequence[Job]]:
    """Contiguous shares, so that gathering them restores the order; none empty."""
    size = -(-len(jobs) // workers)
    return [jobs[start : start + size] for start in range(0, len(jobs), size)] if jobs else []


def _reason(error: WorkerLostError) -> Reason:
    return Reason.TIMED_OUT if error.hung else Reason.WORKER_DIED


def _blame(error: WorkerLostError) -> FailedJob:
    return FailedJob(Failure(_reason(error), Stage.ANNOTATE, type(error).__name__, str(error), attempt=2))
