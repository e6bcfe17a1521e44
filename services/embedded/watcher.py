"""Stands between a Python process and its broker, so that the broker never outlives it, kill -9 included.

Run as a script, with the standard library alone: `watcher.py LOG REMOVE COMMAND...`. It starts COMMAND in a session
of its own, prints its pid, and waits. Standard input is a pipe whose other end the Python process holds: when that
ends, however it ends, the pipe closes, COMMAND is killed and the folder REMOVE, if not empty text, goes. (A
parent-death signal alone would follow the thread that started the broker, and not the process.)
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
"""linux/prctl.h: should the watcher itself be killed, the kernel ends the broker. It runs one thread that starts it."""


def main(log: str, remove: str, command: list[str]) -> int:
    """Run the command until it or standard input ends; returns its exit code."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None

    def follow_parent() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    with Path(log).open("ab") as output:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            preexec_fn=follow_parent,
        )  # fmt: skip
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
