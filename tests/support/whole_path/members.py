"""The service processes of a run. A supervisor restarts those that end and kills those that stall."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from services.cli.desk.processes.stack import MODULES
from services.embedded.ports import find_free_port
from services.runtime.service.crash_points import CrashPoint
from services.runtime.service.settings import PREFIX, name_variable
from tests.support.footprint import measure_memory
from tests.support.stage_processes import StageProcess
from tests.support.whole_path.launch import write_order

SHUTDOWN_DEADLINE = 20
"""Seconds, the setting's default. A member that needs longer to stop has failed."""
RESTART_PAUSE = 0.5
"""Seconds between an end and the next start."""
LOOK_EVERY = 0.1
PROBE_EVERY = 2.0
UNLIVE_PROBES = 3
"""Failures of /live in a row after which a member is killed: Kubernetes' default."""
TIMEOUT = 120.0
"""Seconds for what must happen soon, even on a busy machine."""


class ViolationError(AssertionError):
    """A broken promise that the suite found."""


@dataclass(slots=True)
class Member:
    """A process of a stage that keeps its name and its ports over restarts."""

    name: str
    stage: str
    process: StageProcess
    page: str
    orders: Path
    is_wanted: bool = True
    """Whether the process is restarted when it ends."""
    is_stopped: bool = False
    """Whether the process is frozen by SIGSTOP, so that its health is not checked."""
    unlive: int = 0
    peak_bytes: int = 0
    """Largest memory of the member's processes together, in bytes."""

    def order(self, point: CrashPoint, number: int, arrival: int = 1) -> None:
        """Order a signal at a crash point."""
        write_order(self.orders, point, number, arrival)

    @property
    def has_ended(self) -> bool:
        return self.process.process.poll() is not None


ENDINGS = ("stopped_immediately", "service_failed")
"""Log events with which a service ends by itself."""
LONGEST_REASON = 120
"""Characters of a reason that are compared; the variable part, such as an offset, is after them."""


@dataclass(slots=True)
class Members:
    """The processes of a run."""

    folder: Path
    bootstrap_servers: str
    environ: Mapping[str, str] = field(default_factory=dict)
    """Settings of all members."""
    by_name: dict[str, Member] = field(default_factory=dict)
    exits: Counter[str] = field(default_factory=Counter)
    """Number of ends by stage and exit code."""
    unlive: Counter[str] = field(default_factory=Counter)
    """Number of kills because /live failed, by member."""

    def start(self, name: str, *, environ: Mapping[str, str] | None = None, bootstrap_servers: str = "") -> Member:
        """Start a new member. Its stage is its name up to the hyphen."""
        stage = name.partition("-")[0]
        port = find_free_port()
        section = "ingest" if stage == "ingest" else "telemetry"
        settings = {
            **{key: value for key, value in os.environ.items() if not key.startswith(PREFIX)},
            name_variable("kafka", "bootstrap_servers"): bootstrap_servers or self.bootstrap_servers,
            name_variable("kafka", "session_timeout"): "6",
            name_variable("telemetry", "log_format"): "json",
            name_variable("telemetry", "lag_interval"): "0.5",
            name_variable("lifecycle", "shutdown_deadline"): str(SHUTDOWN_DEADLINE),
            name_variable(section, "port"): str(port),
            **self.environ,
            **(environ or {}),
        }
        orders = self.folder / f"{name}.order"
        module = ("tests.support.whole_path.launch", str(orders), *MODULES[stage])
        process = StageProcess(module, settings, self.folder / f"{name}.log")
        member = Member(name, stage, process, f"http://127.0.0.1:{port}", orders)
        self.by_name[name] = member
        return member

    def of(self, stage: str) -> list[Member]:
        """Return the members of a stage."""
        return [member for member in self.by_name.values() if member.stage == stage]

    async def supervise(self) -> None:
        """Restart members that end and kill members that stall, until cancelled."""
        async with httpx.AsyncClient(timeout=PROBE_EVERY) as client:
            probed = time.monotonic()
            while True:
                for member in list(self.by_name.values()):
                    if member.is_wanted and member.has_ended:
                        await self._revive(member)
                if time.monotonic() - probed > PROBE_EVERY:
                    await asyncio.gather(*(self._probe(client, member) for member in list(self.by_name.values())))
                    probed = time.monotonic()
                await asyncio.sleep(LOOK_EVERY)

    async def wait_ready(self, *names: str) -> None:
        """Wait until the named members, or all, are ready."""
        deadline = time.monotonic() + TIMEOUT
        async with httpx.AsyncClient(timeout=5.0) as client:
            for member in [self.by_name[name] for name in names or self.by_name]:
                while not await _is_ready(client, member):
                    if time.monotonic() > deadline:
                        raise ViolationError(f"{member.name} was not ready in {TIMEOUT:g} s: {member.process.tail()}")
                    await asyncio.sleep(LOOK_EVERY)

    async def wait_end(self, member: Member) -> int:
        """Wait for a member's end and return its exit code. The caller must have set `is_wanted` to false."""
        deadline = time.monotonic() + TIMEOUT
        while (code := member.process.process.poll()) is None:
            if time.monotonic() > deadline:
                raise ViolationError(f"{member.name} did not end in {TIMEOUT:g} s: {member.process.tail()}")
            await asyncio.sleep(LOOK_EVERY / 2)
        self.exits[f"{member.stage} {code}"] += 1
        return code

    async def stop(self, member: Member) -> int:
        """Stop a member with SIGTERM and return its exit code. Raises ViolationError if it exceeds its deadline."""
        member.is_wanted = False
        if not member.has_ended:
            member.process.signal(signal.SIGTERM)
        began = time.monotonic()
        code = await self.wait_end(member)
        if (took := time.monotonic() - began) > SHUTDOWN_DEADLINE + 10:
            raise ViolationError(f"{member.name} took {took:.0f} s to stop")
        return code

    def restart(self, member: Member) -> None:
        """Restart a member that has ended."""
        member.process.restart()
        member.is_wanted, member.unlive = True, 0

    def count_endings(self) -> dict[str, int]:
        """Count why members ended by themselves, from their logs, by stage and reason."""
        said = Counter(
            f"{member.stage}: {why}" for member in self.by_name.values() for why in _read_endings(member.process.log)
        )
        return dict(said.most_common())

    async def stop_all(self) -> None:
        """Stop every member in any state, the first stages first."""
        for member in self.by_name.values():
            member.is_wanted = False
            member.process.stop()

    async def _revive(self, member: Member) -> None:
        self.exits[f"{member.stage} {member.process.process.returncode}"] += 1
        await asyncio.sleep(RESTART_PAUSE)
        # The member may have been restarted in between.
        if member.is_wanted and member.has_ended:
            self.restart(member)

    async def _probe(self, client: httpx.AsyncClient, member: Member) -> None:
        member.peak_bytes = max(member.peak_bytes, measure_memory(member.process.process.pid))
        if member.is_stopped or not member.is_wanted or member.has_ended:
            member.unlive = 0
            return
        try:
            live = (await client.get(f"{member.page}/live")).status_code == 200
        except httpx.ConnectError:
            # The member is starting.
            return
        except httpx.HTTPError:
            live = False
        member.unlive = 0 if live else member.unlive + 1
        if member.unlive >= UNLIVE_PROBES:
            self.unlive[member.stage] += 1
            member.process.process.kill()


def _read_endings(log: Path) -> Iterator[str]:
    for line in log.read_text(errors="replace").splitlines():
        if not any(event in line for event in ENDINGS):
            continue
        with contextlib.suppress(ValueError):
            said = json.loads(line)
            yield str(said.get("why") or said.get("error"))[:LONGEST_REASON]


async def _is_ready(client: httpx.AsyncClient, member: Member) -> bool:
    try:
        return (await client.get(f"{member.page}/ready")).status_code == 200
    except httpx.HTTPError:
        return False
