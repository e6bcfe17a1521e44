"""Process between a Python process and its broker, which ends the broker with the Python process, even after kill -9.

It runs as a script and needs the standard library alone: `watcher.py LOG REMOVE COMMAND...`. It starts COMMAND in a
session of its own, prints its process id, and waits. Standard input is a pipe from the Python process. When that
process ends in any way, the pipe closes; then the watcher kills COMMAND and removes the folder REMOVE, unless REMOVE is
empty. (A parent-death signal alone is not enough: it follows the thread that started the broker, not the process.)
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

PR_SET_PDEATHSIG = 1
"""Option of prctl(2), from linux/prctl.h: the kernel kills the broker if the watcher itself is killed."""


def main(log: str, remove: str, command: list[str]) -> int:
    """Run the command until it ends or standard input is closed; return its exit code."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None

    def follow_parent() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    with Path(log).open("ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=follow_parent,  # noqa: PLW1509 - no other thread runs yet
        )
    print(child.pid, flush=True)
    orphaned = threading.Event()

    def watch() -> None:
        while os.read(0, 1):
            pass
        orphaned.set()
        child.kill()

    threading.Thread(target=watch, daemon=True).start()
    code = child.wait()
    if orphaned.is_set() and remove:
        shutil.rmtree(remove, ignore_errors=True)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
