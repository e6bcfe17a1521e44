"""Child processes that never outlive their parent, whatever ends it."""

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
"""prctl(2): the signal that the kernel sends to a process when the thread that made it ends."""
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
"""Loaded here, since a child between fork and exec must not load anything."""


def spawn(
    command: Sequence[str], *, environ: Mapping[str, str], output: IO[bytes] | int | None = None, cwd: str | None = None
) -> subprocess.Popen[bytes]:
    """Start a child in a process group of its own, so that Ctrl-C reaches the parent alone, and tied to its life.

    Call it from a thread that lives as long as the child should, as the main thread does: the kernel
    watches the thread.
    """
    return subprocess.Popen(
        list(command),
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=partial(die_with_parent, os.getpid()),
    )


def end(process: subprocess.Popen[bytes], *, deadline: float) -> int:
    """SIGTERM, after `deadline` seconds SIGKILL; returns the exit code."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(deadline)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def die_with_parent(parent: int) -> None:
    """Called in a child: the kernel kills it when the thread that made it ends (on Linux; elsewhere nothing does)."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
