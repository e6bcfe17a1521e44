"""A child process and its parent exchange frames, and the child never outlives what ends its parent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from pathlib import Path

import pytest

from services.runtime.service import child_process
from services.runtime.service.child_process import ChildEndedError, ChildProcess
from services.runtime.service.spawn import spawn_module
from tests.support import child_echo

MODULE = "tests.support.child_echo"


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def exchange(child: ChildProcess, payload: bytes) -> bytes:
    async with asyncio.timeout(60):
        await child.write(payload)
        return await child.read()


async def test_exchange() -> None:
    """Frames of any size go to the child and back, and a kill leaves no process."""
    child = await ChildProcess.start(MODULE)
    for payload in (b"", b"text", b"x" * 5_000_000):
        assert await exchange(child, payload) == payload
    assert os.getsid(child.pid) == child.pid
    assert not child.has_ended
    await child.kill()
    assert child.is_killed
    assert child.has_ended
    assert not is_running(child.pid)


async def test_a_child_that_ends() -> None:
    """The end of the child is an error of the read and of the write after it, and its exit code can be asked for."""
    child = await ChildProcess.start(MODULE)
    with pytest.raises(ChildEndedError):
        await exchange(child, child_echo.EXIT)
    assert await child.wait() == child_echo.EXIT_CODE
    with pytest.raises(ChildEndedError):
        await exchange(child, b"x" * 5_000_000)
    await child.kill()


@pytest.mark.parametrize("stop", [False, True])
async def test_a_child_that_hangs(stop: bool) -> None:
    """A child that sleeps, or does not read any more, is killed at once."""
    child = await ChildProcess.start(MODULE)
    assert await exchange(child, b"ready") == b"ready"
    if stop:
        os.kill(child.pid, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await child.write(b"x" * 5_000_000 if stop else child_echo.HANG)
            await child.read()
    async with asyncio.timeout(10):
        await child.kill()
    assert not is_running(child.pid)


@pytest.mark.parametrize("turns", range(4))
async def test_a_start_that_is_cancelled_leaves_no_process(turns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever a start is cancelled, the process that it had started has ended."""
    started: list[subprocess.Popen[bytes]] = []

    def note(module: str, descriptor: int) -> subprocess.Popen[bytes]:
        started.append(spawn_module(module, descriptor))
        return started[-1]

    monkeypatch.setattr(child_process, "spawn_module", note)
    start = asyncio.create_task(ChildProcess.start(MODULE))
    for _ in range(turns):
        await asyncio.sleep(0)
    start.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await (await start).kill()
    assert len(started) == min(turns, 1)
    assert all(process.returncode is not None for process in started)


@pytest.mark.parametrize("payload", child_echo.ALLOCATE)
async def test_memory_limit(payload: bytes) -> None:
    """A child that limits its memory, of either kind, gets a MemoryError for what exceeds the limit."""
    child = await ChildProcess.start(MODULE)
    assert await exchange(child, payload) == b"MemoryError"
    await child.kill()


async def test_output_of_a_child_is_in_no_frame(capfd: pytest.CaptureFixture[str]) -> None:
    """What a library prints in the child goes to the standard error output and into no frame."""
    child = await ChildProcess.start(MODULE)
    assert await exchange(child, child_echo.PRINT) == child_echo.PRINT
    await child.kill()
    captured = capfd.readouterr()
    assert ("printed" in captured.out, "printed" in captured.err) == (False, True)
