"""The tasks of a process: what they wait for, and how they are ended."""

from __future__ import annotations

import asyncio

import pytest

from services.runtime.service.lifecycle import describe_tasks, run_until


async def test_tasks_are_described_with_their_calls() -> None:
    """The description of a task has its name and the chain of calls to the one that waits."""

    async def inner() -> None:
        await asyncio.Event().wait()

    async def outer() -> None:
        await inner()

    task = asyncio.create_task(outer(), name="the lane")
    await asyncio.sleep(0)
    [line] = [text for text in describe_tasks(asyncio.get_running_loop()) if text.startswith("the lane: ")]
    assert "outer" in line
    assert line.index("outer") < line.index("inner") < line.index("Event.wait")
    task.cancel()


async def test_work_that_finishes_is_finished() -> None:
    """Work that ends before the stop counts as finished."""
    assert await run_until(asyncio.Event(), asyncio.sleep(0))


async def test_a_stop_cancels_the_work() -> None:
    """Work that has not ended when the stop is set is cancelled, and counts as not finished."""
    stop, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        stop.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    assert not await run_until(stop, work())
    assert cancelled.is_set()


async def test_an_error_of_the_work_is_raised() -> None:
    """Work that fails before the stop raises its error."""

    async def work() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await run_until(asyncio.Event(), work())


async def test_a_cancelled_caller_leaves_no_work_behind() -> None:
    """When the caller is cancelled, the work has ended before the caller ends."""
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    caller = asyncio.create_task(run_until(asyncio.Event(), work()))
    await asyncio.sleep(0.01)
    caller.cancel()
    await asyncio.wait({caller})
    assert caller.cancelled()
    assert cancelled.is_set()
