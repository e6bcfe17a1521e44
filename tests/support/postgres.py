"""A real PostgreSQL server for tests: Debian's programs, a folder and a port of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.embedded.ports import find_free_port

UNPRIVILEGED = "postgres"
"""User of Debian's package: the server refuses to run as root."""
START_SECONDS = 60


def find_programs() -> Path | None:
    """Return the folder of the server's programs, those of Debian's newest version; None without a server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parents[1].name))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def run_postgres() -> Iterator[str]:
    """Run a server with an empty database, and yield its URL. Without a server, the test is skipped."""
    programs = find_programs()
    if programs is None:
        pytest.skip("needs a PostgreSQL server; on Debian: apt-get install postgresql")
    # pytest's folders may be entered by the test's own user alone.
    with tempfile.TemporaryDirectory(prefix="copydesk-postgres-") as name:
        folder, user = Path(name), UNPRIVILEGED if os.geteuid() == 0 else None
        if user:
            shutil.chown(folder, user)
        with _run_server(programs, folder, user) as url:
            yield url


@contextmanager
def _run_server(programs: Path, folder: Path, user: str | None) -> Iterator[str]:
    port, data = find_free_port(), folder / "data"
    initialise = [str(programs / "initdb"), "--pgdata", str(data), "--username", "test", "--auth", "trust", "--no-sync"]
    settings = ("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off")
    with (folder / "log").open("ab") as log:
        options: dict[str, Any] = {"user": user, "cwd": folder, "stdout": log, "stderr": log}
        subprocess.run(initialise, check=True, timeout=START_SECONDS, **options)
        server = subprocess.Popen([str(programs / "postgres"), "-D", str(data), "-p", str(port), *settings], **options)
    try:
        wait_until_ready(programs, port, server)
        yield f"postgresql://test@127.0.0.1:{port}/postgres"
    finally:
        # An immediate shutdown, without a checkpoint.
        server.send_signal(signal.SIGQUIT)
        server.wait(START_SECONDS)


def wait_until_ready(programs: Path, port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server accepts connections."""
    deadline = time.monotonic() + START_SECONDS
    ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(ready, check=False).returncode:
        assert server.poll() is None and time.monotonic() < deadline, "the PostgreSQL server did not start"
        time.sleep(0.05)
