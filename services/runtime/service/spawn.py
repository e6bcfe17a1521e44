"""Child processes that end when their parent ends, however the parent ends; and limits of memory."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import partial
from typing import IO

PR_SET_PDEATHSIG = 1
"""Option of prctl(2): the kernel sends a signal to the process when the thread that created it ends."""
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
"""The C library. It is loaded here because a child must not load anything between fork and exec."""
STDERR = 2
"""File descriptor of the standard error output."""


class MemoryKind(IntEnum):
    """Kinds of memory that `limit_memory` can limit; see setrlimit(2)."""

    DATA = resource.RLIMIT_DATA
    """Private writable memory: heap and private mappings, not the files that a process maps to read them."""
    ADDRESS_SPACE = resource.RLIMIT_AS
    """All mappings, those of libraries and other files included."""


def spawn(
    command: Sequence[str], *, environ: Mapping[str, str], output: IO[bytes] | int | None = None, cwd: str | None = None
) -> subprocess.Popen[bytes]:
    """Start a child process that is killed when its parent ends.

    The child has a process group of its own, so that Ctrl-C in a terminal reaches the parent alone. Call this from a
    thread that lives as long as the child should, such as the main thread: the kernel watches the thread and not the
    process.
    """
    return subprocess.Popen(
        list(command),
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        cwd=cwd,
        start_new_session=True,
        # prctl(2) must be called in the child. The function takes no lock and loads nothing, so that a thread of the
        # parent cannot block it.
        preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509
    )


def spawn_module(module: str, descriptor: int) -> subprocess.Popen[bytes]:
    """Start `python -m MODULE PARENT_PID DESCRIPTOR`, which inherits an open file descriptor.

    The module must first call `die_with_parent` with the process id that it is given. That needs no code between fork
    and exec, where another thread's lock may be held, so a service with threads may start a child in this way at any
    time. As with `spawn`, the child has a process group of its own and depends on the calling thread. Its standard
    output goes to our standard error, so that what a library prints cannot get into the output of a command.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, str(os.getpid()), str(descriptor)],
        stdin=subprocess.DEVNULL,
        stdout=STDERR,
        pass_fds=[descriptor],
        start_new_session=True,
    )


def terminate(process: subprocess.Popen[bytes], *, deadline: float) -> int:
    """End a process with SIGTERM, and after `deadline` seconds with SIGKILL; return its exit code."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(deadline)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def die_with_parent(parent: int) -> None:
    """Let the kernel kill this process when the thread that created it ends. Call it in the child.

    `parent` is the parent's process id: a child whose parent has ended already exits immediately. Only Linux can do
    this; elsewhere the child outlives its parent.
    """
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def limit_memory(kind: MemoryKind, limit: int) -> None:
    """Limit the memory of this process, in bytes; what exceeds the limit fails, in Python with a MemoryError."""
    resource.setrlimit(kind, (limit, limit))
