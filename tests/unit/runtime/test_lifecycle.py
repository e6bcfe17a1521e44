"""Ending what does not want to end, and telling what a process waits for."""

from __future__ import annotations

import asyncio

from services.runtime import lane
from services.runtime.lifecycle import describe_tasks


async def test_a_task_that_swallows_its_cancellation_ends() -> None:
    """A client that takes a cancellation for its own end does not keep the lane alive."""
    lane.CANCEL_AGAIN, before = 0.01, lane.CANCEL_AGAIN
    swallowed = 0

    async def work() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed > 1:
                    raise

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    try:
        await asyncio.wait_for(lane.end_task(task), 5)
    finally:
        lane.CANCEL_AGAIN = before
    assert task.cancelled()
    assert swallowed == 2


async def test_tasks_are_described_to_where_they_wait() -> None:
    """Each task is named with the chain of calls to the one that waits."""

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
