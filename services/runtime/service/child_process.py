"""A child process that runs one of our modules and exchanges frames with its parent."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import Sequence

from services.errors import TransientError
from services.runtime.service.frames import FrameReader, FrameSocket, pack_frame
from services.runtime.service.spawn import die_with_parent, spawn_module

READ_BUFFER_BYTES = 1_048_576
"""Size of the read buffer in bytes. A batch of annotated articles fits into it, so that the child need not wait for the
parent to read."""
EXIT_DEADLINE = 5.0
"""Seconds in which a process that got SIGKILL has ended, unless the kernel holds it in I/O."""


class ChildEndedError(TransientError):
    """The child has ended, or is ending: its side of the connection is closed."""


class ChildProcess:
    """The parent's side: a process and the connection to it. Only one caller at a time may use it."""

    def __init__(
        self,
        module: str,
        process: subprocess.Popen[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._module = module
        self._process = process
        self._frames = FrameReader(reader)
        self._writer = writer
        self.is_killed = False
        """True once SIGKILL was sent: the child cannot be used any more."""

    @classmethod
    async def start(cls, module: str) -> ChildProcess:
        """Start `python -m MODULE`, whose main function must call `connect_to_parent`.

        A cancellation leaves neither a process nor a socket behind. Raises OSError when the system cannot start it.
        """
        ours, theirs = socket.socketpair()
        with contextlib.ExitStack() as stack:
            stack.callback(ours.close)
            with theirs:
                process = spawn_module(module, theirs.fileno())
            stack.callback(process.wait)
            stack.callback(process.kill)
            streams = await asyncio.open_connection(sock=ours, limit=READ_BUFFER_BYTES)
            stack.pop_all()
        return cls(module, process, *streams)

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """True if the process has ended: the kernel may end an idle one too, if the machine runs out of memory."""
        return self._process.poll() is not None

    async def write(self, payload: bytes) -> None:
        """Send a payload; return when the child has read it except for a buffer of some KiB. Raises ChildEndedError."""
        self._writer.write(pack_frame(payload))
        try:
            await self._writer.drain()
        except OSError as error:
            raise ChildEndedError(f"the process of {self._module} (pid {self.pid}) has ended: {error}") from error

    async def read(self) -> bytes:
        """Return the next payload. A cancelled call loses no byte: the next one continues. Raises ChildEndedError."""
        try:
            return await self._frames.read()
        except (asyncio.IncompleteReadError, OSError) as error:
            raise ChildEndedError(f"the process of {self._module} (pid {self.pid}) has ended: {error}") from error

    def kill_soon(self) -> None:
        """Send SIGKILL without waiting, for a caller that is being cancelled; `kill` must follow."""
        self.is_killed = True
        # Closing the transport would first wait until a process that is no more has read what is written.
        self._writer.transport.abort()
        self._process.kill()

    async def kill(self) -> None:
        """Send SIGKILL and wait until the process has ended."""
        self.kill_soon()
        await self.wait()

    async def wait(self) -> int | None:
        """Return the exit code, or None when the process still runs after `EXIT_DEADLINE` seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return await asyncio.to_thread(self._process.wait, EXIT_DEADLINE)
        return None


def connect_to_parent(arguments: Sequence[str]) -> FrameSocket:
    """Return the child's side of the connection, and tie the child's life to its parent's.

    `arguments` are those of the child's command line, as `spawn_module` writes them: parent's pid and file descriptor.
    """
    parent, descriptor = map(int, arguments)
    die_with_parent(parent)
    return FrameSocket(socket.socket(fileno=descriptor))
