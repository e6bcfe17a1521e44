"""One worker process as its parent uses it: start, send, receive, kill."""

from __future__ import annotations

import asyncio
import pickle
import sys

import structlog

from services.errors import ConfigurationError, CopydeskError, TransientError
from services.processor.annotate.workers.hang_detector import HangDetector
from services.processor.annotate.workers.messages import (
    AnnotatorFactory,
    Job,
    JobResult,
    WorkerRequest,
    WorkerSetup,
    pack,
    unpack_results,
)
from services.processor.annotate.workers.process import MISCONFIGURED, READY
from services.runtime.service.child_process import ChildEndedError, ChildProcess
from services.runtime.service.process_usage import CpuMeter

MODULE = "services.processor.annotate.workers.process"

logger = structlog.get_logger()


class WorkerLostError(TransientError):
    """The worker ended or did not answer in time; `hung` is True if it did not answer."""

    def __init__(self, message: str, *, hung: bool) -> None:
        super().__init__(message)
        self.hung = hung


class WorkerChannel:
    """A worker process and the connection to it. Only one caller at a time may use it."""

    def __init__(self, child: ChildProcess) -> None:
        self._child = child
        self._cpu_meter = CpuMeter(child.pid)

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._child.pid

    @property
    def has_ended(self) -> bool:
        """True if the process has ended: the kernel may end an idle one too, if the machine runs out of memory."""
        return self._child.has_ended

    @property
    def is_killed(self) -> bool:
        """True if the worker was killed from here and `kill` may still have to wait for its end."""
        return self._child.is_killed

    @classmethod
    async def start(
        cls, factory: AnnotatorFactory, *, deadline: float, memory_bytes: int | None = None
    ) -> WorkerChannel:
        """Start a worker and wait until it has loaded its models.

        Raises CopydeskError (ConfigurationError as such) with the factory's error, or WorkerLostError when the process
        ended or was not ready within `deadline` seconds.
        """
        channel = cls(await ChildProcess.start(MODULE))
        try:
            await channel._write(pack(WorkerSetup(tuple(sys.path), pickle.dumps(factory), memory_bytes)), deadline)
            answer = await channel._read(deadline)
        except BaseException:
            await channel.kill()
            raise
        if answer != READY:
            await channel.kill()
            kind = ConfigurationError if answer.startswith(MISCONFIGURED) else CopydeskError
            reason = answer.removeprefix(MISCONFIGURED).decode(errors="replace")
            raise kind(f"a worker could not load its models: {reason}")
        logger.info("worker_started", pid=channel.pid)
        return channel

    async def send(self, jobs: tuple[Job, ...], *, one_by_one: bool, deadline: float) -> None:
        """Send jobs to an idle worker. Raises WorkerLostError when it has ended or does not read within `deadline`."""
        await self._write(pack(WorkerRequest(jobs, one_by_one)), deadline)

    async def receive(self, deadline: float) -> list[JobResult]:
        """Return the next results, in order, at least one.

        Raises WorkerLostError when the worker has ended, or hangs as `HangDetector` defines it.
        """
        return unpack_results(await self._read(deadline, HangDetector(self._cpu_meter, deadline)))

    def kill_soon(self) -> None:
        """Send SIGKILL without waiting, for a caller that is being cancelled; `kill` must follow."""
        self._child.kill_soon()

    async def kill(self) -> None:
        """Send SIGKILL and wait until the process has ended."""
        await self._child.kill()

    async def _write(self, payload: bytes, deadline: float) -> None:
        try:
            async with asyncio.timeout(deadline):
                await self._child.write(payload)
        except TimeoutError as error:
            raise WorkerLostError(
                f"the worker did not read the request within {deadline:g} s; it hangs", hung=True
            ) from error
        except ChildEndedError as error:
            raise await self._describe_end() from error

    async def _read(self, deadline: float, detector: HangDetector | None = None) -> bytes:
        while True:
            try:
                async with asyncio.timeout(deadline):
                    return await self._child.read()
            except TimeoutError as error:
                if detector is None or detector.is_hung():
                    raise WorkerLostError(
                        f"the worker did not answer within {deadline:g} s; it hangs", hung=True
                    ) from error
            except ChildEndedError as error:
                raise await self._describe_end() from error

    async def _describe_end(self) -> WorkerLostError:
        return WorkerLostError(f"the worker process ended with exit code {await self._child.wait()}", hung=False)
