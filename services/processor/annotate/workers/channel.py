"""One worker process as its parent sees it: start, ask, kill."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import socket
import subprocess
import sys

import structlog

from services.errors import ConfigurationError, CopydeskError, TransientError
from services.processor.annotate.workers.liveness import HangDetector
from services.processor.annotate.workers.messages import (
    LENGTH,
    AnnotatorFactory,
    Job,
    JobResult,
    WorkerRequest,
    WorkerSetup,
    pack,
    unpack_results,
)
from services.processor.annotate.workers.process import MISCONFIGURED, READY

READ_BUFFER_BYTES = 1_048_576
"""Of the stream from a worker: a batch of annotated articles without a pause in between."""
END_WITHIN = 5.0
"""Seconds in which a process that got SIGKILL is gone, unless the kernel holds it in I/O."""

logger = structlog.get_logger()


class WorkerLostError(TransientError):
    """The worker ended or did not answer in time; `hung` says which. The process is dead by then."""

    def __init__(self, message: str, *, hung: bool) -> None:
        super().__init__(message)
        self.hung = hung


class WorkerChannel:
    """A worker process and the socket to it. Not for two callers at once."""

    def __init__(
        self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self.abandoned = False

    @property
    def pid(self) -> int:
        """Of the worker process."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone: an idle one may be, for want of memory on the machine."""
        return self._process.poll() is not None

    @classmethod
    async def start(
        cls, factory: AnnotatorFactory, *, deadline: float, memory_bytes: int | None = None
    ) -> WorkerChannel:
        """A worker with its models loaded.

        Raises CopydeskError (ConfigurationError as such) with what the factory said when it failed, WorkerLostError
        when the process ended or was not ready within `deadline` seconds.
        """
        channel = await cls._open()
        try:
            await channel._write(pack(WorkerSetup(tuple(sys.path), pickle.dumps(factory), memory_bytes)), deadline)
            said = await channel._read_frame(deadline)
        except BaseException:
            await channel.kill()
            raise
        if said != READY:
            await channel.kill()
            refused = ConfigurationError if said.startswith(MISCONFIGURED) else CopydeskError
            raise refused(f"a worker could not load its models: {said.decode(errors='replace')}")
        logger.info("worker_started", pid=channel.pid)
        return channel

    @classmethod
    async def _open(cls) -> WorkerChannel:
        """A process that was just begun, and the connection to it; neither stays when this is cancelled."""
        ours, theirs = socket.socketpair()
        with contextlib.ExitStack() as stack:
            stack.callback(ours.close)
            with theirs:
                process = _spawn(theirs.fileno())
            stack.callback(process.wait)
            stack.callback(process.kill)
            streams = await asyncio.open_connection(sock=ours, limit=READ_BUFFER_BYTES)
            stack.pop_all()
        return cls(process, *streams)

    async def send(self, jobs: tuple[Job, ...], *, one_by_one: bool, deadline: float) -> None:
        """Give jobs to an idle worker. Raises WorkerLostError when it has gone or takes nothing within `deadline`."""
        await self._write(pack(WorkerRequest(jobs, one_by_one)), deadline)

    async def receive(self, deadline: float) -> list[JobResult]:
        """The next results, in order, at least one. Raises WorkerLostError, of a hang as `HangDetector` tells it."""
        return unpack_results(await self._read_frame(deadline, HangDetector(self.pid, deadline)))

    def abandon(self) -> None:
        """SIGKILL, without waiting: for a caller that is being cancelled. `kill` must follow."""
        self.abandoned = True
        # Closing it would first wait until a process that is no more has taken what is written.
        self._writer.transport.abort()
        self._process.kill()

    async def kill(self) -> None:
        """SIGKILL, and wait until the process is gone."""
        self.abandon()
        await self._wait()

    async def _write(self, frame: bytes, deadline: float) -> None:
        self._writer.write(frame)
        try:
            async with asyncio.timeout(deadline):
                await self._writer.drain()
        except TimeoutError as error:
            raise WorkerLostError("the worker takes no work", hung=True) from error
        except OSError as error:
            raise WorkerLostError(f"the worker has gone: exit code {await self._wait()}", hung=False) from error

    async def _read_frame(self, deadline: float, patience: HangDetector | None = None) -> bytes:
        try:
            (length,) = LENGTH.unpack(await self._read(LENGTH.size, deadline, patience))
            return await self._read(length, deadline, patience)
        except (asyncio.IncompleteReadError, OSError) as error:
            raise WorkerLostError(f"the worker ended: exit code {await self._wait()}", hung=False) from error

    async def _read(self, length: int, deadline: float, patience: HangDetector | None) -> bytes:
        """So many bytes; what has come when the time is over stays for the next call."""
        while True:
            try:
                async with asyncio.timeout(deadline):
                    return await self._reader.readexactly(length)
            except TimeoutError as error:
                if patience is None or patience.is_hung():
                    raise WorkerLostError(f"no answer from the worker within {deadline:g} s", hung=True) from error

    async def _wait(self) -> int | None:
        """Its exit code, None when it is still there after `END_WITHIN` seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return await asyncio.to_thread(self._process.wait, END_WITHIN)
        return None


def _spawn(descriptor: int) -> subprocess.Popen[bytes]:
    # In a session of its own: a terminal's Ctrl-C goes to the parent, which decides when a worker ends.
    return subprocess.Popen(
        [sys.executable, "-m", "services.processor.annotate.workers.process", str(os.getpid()), str(descriptor)],
        stdin=subprocess.DEVNULL,
        pass_fds=[descriptor],
        start_new_session=True,
    )
