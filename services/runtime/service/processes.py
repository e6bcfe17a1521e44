"""Child processes that end when their parent ends, however the parent ends."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import IO

PR_SET_PDEATHSIG = 1
"""Option of prctl(2): the kernel sends a signal to the process when the thread that created it ends."""
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
"""The C library. It is loaded here because a child must not load anything between fork and exec."""


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

    `parent` is the parent's process id: a child whose parent has ended already exits at once. Only Linux can do this;
    elsewhere the child outlives its parent.
    """
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
