"""State file of `copydesk up`: where the desk runs, so that other commands on this machine find it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from services.errors import ConfigurationError

START_TOLERANCE = 2.0
"""Seconds by which a process's start may differ from the file's, because the clock may have been corrected. A process
that got the same id later starts later."""


class DeskState(BaseModel):
    """Addresses of a desk that `copydesk up` started."""

    model_config = ConfigDict(frozen=True)

    pid: int
    """Process id of `copydesk up`."""
    started: float
    """Start of that process, in seconds since the epoch."""
    ingest: str
    """Base URL of the HTTP ingest."""
    bootstrap_servers: str
    """Addresses of the Kafka brokers."""
    page: str | None = None
    """URL of the read-only page; None if there is none."""
    rules: Path | None = None
    """File of the routing rules; None if they are the example."""
    metrics: dict[str, str] = {}
    """URL of /metrics by service."""
    log: str = ""
    """File of the services' logs."""

    @property
    def is_alive(self) -> bool:
        """True if the process that wrote the file still runs."""
        try:
            process = psutil.Process(self.pid)
            is_same = abs(process.create_time() - self.started) <= START_TOLERANCE
            return bool(is_same and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.Error:
            return False


def locate_state(environ: Mapping[str, str]) -> Path:
    """Return the path of the state file, in the user's folder for state (XDG Base Directory Specification)."""
    base = environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()
    return Path(base) / "copydesk" / "desk.json"


def prepare_state(path: Path) -> None:
    """Create the folder of the state file, before anything is started.

    Raises ConfigurationError if that fails, if the folder cannot be written to, or if the desk of the file runs.
    """
    require_no_desk(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"cannot write the addresses of the desk to {path}: {error.strerror or error}; "
            "set XDG_STATE_HOME to a folder that you may write to, also for the commands that must find the desk"
        ) from error


def require_no_desk(path: Path) -> None:
    """Raise ConfigurationError, which names the addresses, if the desk of a state file runs."""
    state = read_state(path)
    if state is None or not state.is_alive:
        return
    page = f"page {state.page}, " if state.page else ""
    addresses = f"{page}ingest {state.ingest}, Kafka {state.bootstrap_servers}"
    raise ConfigurationError(
        f"a desk runs here already (process {state.pid}): {addresses}; "
        "use it, or end it with Ctrl-C in its terminal first. For a second desk, set XDG_STATE_HOME to another folder, "
        "also for the commands that must find it"
    )


@contextlib.contextmanager
def publish_state(path: Path, state: DeskState) -> Iterator[None]:
    """Write the state file for the duration of the block. Only the desk that wrote the file removes it.

    Raises ConfigurationError if the file cannot be written, or if it is that of another desk that runs.
    """
    prepare_state(path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(state.model_dump_json(indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)
    try:
        yield
    finally:
        if read_state(path) == state:
            path.unlink(missing_ok=True)


def read_state(path: Path) -> DeskState | None:
    """Return the state that a file has, or None if there is no such file or it cannot be read."""
    try:
        return DeskState.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def find_desk(environ: Mapping[str, str], report: Callable[[str], None]) -> DeskState | None:
    """Return the desk that runs on this machine, or None. A desk that has ended is reported and ignored."""
    path = locate_state(environ)
    state = read_state(path)
    if state is None or state.is_alive:
        return state
    report(f"{path} is ignored: the desk that it names, process {state.pid}, has ended")
    return None


def describe_this_process() -> tuple[int, float]:
    """Return the id and the start of this process, for `DeskState`."""
    process = psutil.Process()
    return process.pid, process.create_time()
