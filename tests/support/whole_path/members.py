"""The service processes of a run, and what an engine does for them: start again what ended, end what stalls."""

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

from services.cli.stack import MODULES
from services.embedded.ports import find_free_port
from services.runtime.service.crash_points import Point
from services.runtime.service.settings import PREFIX, name_variable
from tests.support.footprint import measure_memory
from tests.support.stage_processes import StageProcess
from tests.support.whole_path.launch import write_order

SHUTDOWN_DEADLINE = 20
"""Seconds: the setting's default; a member that needs longer to stop has failed."""
RESTART_PAUSE = 0.5
"""Seconds between an end and the next start."""
LOOK_EVERY = 0.1
PROBE_EVERY = 2.0
UNLIVE_PROBES = 3
"""Failures of /live in a row after which a member is killed: Kubernetes' default."""
PATIENCE = 120.0
"""Seconds for what must happen soon, on a machine however busy."""


class ViolationError(AssertionError):
    """What must not be, found by the suite."""


@dataclass(slots=True)
class Member:
    """One process of a stage, which keeps its name and its ports over restarts."""

    name: str
    stage: str
    process: StageProcess
    page: str
    orders: Path
    is_wanted: bool = True
    """Whether it is started again when it ends."""
    is_stopped: bool = False
    """By SIGSTOP: it cannot answer, and is not asked."""
    unlive: int = 0
    peak_bytes: int = 0
    """The most memory that its processes had together."""

    def order(self, point: Point, number: int, arrival: int = 1) -> None:
        """Let a signal come at a point."""
        write_order(self.orders, point, number, arrival)

    @property
    def has_ended(self) -> bool:
        return self.process.process.poll() is not None


ENDINGS = ("stopped_at_once", "service_failed")
"""Events of the log with which a service ends by itself."""
LONGEST_REASON = 120
"""Characters of one: what differs from one to the next, as an offset, comes behind."""


@dataclass(slots=True)
class Members:
    """All processes of a run."""

    folder: Path
    bootstrap_servers: str
    environ: Mapping[str, str] = field(default_factory=dict)
    """Settings for all of them."""
    by_name: dict[str, Member] = field(default_factory=dict)
    exits: Counter[str] = field(default_factory=Counter)
    """How often each stage ended, by exit code."""
    unlive: Counter[str] = field(default_factory=Counter)
    """How often a member was killed because /live said no."""

    def start(self, name: str, *, environ: Mapping[str, str] | None = None, bootstrap_servers: str = "") -> Member:
        """A new member; its stage is the name up to the hyphen."""
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
        """The members of a stage."""
        return [member for member in self.by_name.values() if member.stage == stage]

    async def supervise(self) -> None:
        """Start again what ended and end what stalls, until cancelled."""
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
        """Until /ready of the members, or of all, says so."""
        deadline = time.monotonic() + PATIENCE
        async with httpx.AsyncClient(timeout=5.0) as client:
            for member in [self.by_name[name] for name in names or self.by_name]:
                while not await _is_ready(client, member):
                    if time.monotonic() > deadline:
                        raise ViolationError(f"{member.name} was not ready in {PATIENCE:g} s: {member.process.tail()}")
                    await asyncio.sleep(LOOK_EVERY)

    async def wait_end(self, member: Member) -> int:
        """Its exit code, once it has ended; whoever asks must have said that it is not wanted."""
        deadline = time.monotonic() + PATIENCE
        while (code := member.process.process.poll()) is None:
            if time.monotonic() > deadline:
                raise ViolationError(f"{member.name} did not end in {PATIENCE:g} s: {member.process.tail()}")
            await asyncio.sleep(LOOK_EVERY / 2)
        self.exits[f"{member.stage} {code}"] += 1
        return code

    async def stop(self, member: Member) -> int:
        """SIGTERM; the exit code. Raises ViolationError when it takes longer than the deadline allows."""
        member.is_wanted = False
        if not member.has_ended:
            member.process.signal(signal.SIGTERM)
        asked = time.monotonic()
        code = await self.wait_end(member)
        if (took := time.monotonic() - asked) > SHUTDOWN_DEADLINE + 10:
            raise ViolationError(f"{member.name} took {took:.0f} s to stop")
        return code

    def restart(self, member: Member) -> None:
        """Start again what has ended."""
        member.process.restart()
        member.is_wanted, member.unlive = True, 0

    def count_endings(self) -> dict[str, int]:
        """Why members ended by themselves, as their logs say, by stage."""
        said = Counter(
            f"{member.stage}: {why}" for member in self.by_name.values() for why in _read_endings(member.process.log)
        )
        return dict(said.most_common())

    async def stop_all(self) -> None:
        """End every one, those in front first, whatever state it is in."""
        for member in self.by_name.values():
            member.is_wanted = False
            member.process.stop()

    async def _revive(self, member: Member) -> None:
        self.exits[f"{member.stage} {member.process.process.returncode}"] += 1
        await asyncio.sleep(RESTART_PAUSE)
        # It may have been stopped and started meanwhile.
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
            # It is starting.
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
