"""Telling what a process waits for."""

from __future__ import annotations

import asyncio

from services.runtime.service.lifecycle import describe_tasks


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
