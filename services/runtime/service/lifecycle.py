"""Start and stop of a service process: signals, the shutdown deadline and the exit code."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

import structlog

from services.errors import ConfigurationError, CopydeskError

EXIT_FAILED = 1
EXIT_CONFIGURATION = 2
EXIT_DEADLINE = 70
"""EX_SOFTWARE of sysexits.h: the process stopped before its work was done. Work that is not committed is repeated."""

logger = structlog.get_logger()


class Stopping(asyncio.Event):
    """Event that is set when the process is asked to stop."""


async def run_until(stop: asyncio.Event, work: Coroutine[Any, Any, object]) -> bool:
    """Run `work`, and cancel it when `stop` is set; return whether it finished.

    Raises what `work` raises. An error that it raises after it was cancelled is dropped.
    """
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
            return True
        return False
    finally:
        await cancel(working, stopping)


async def cancel(*tasks: asyncio.Future[Any]) -> None:
    """Cancel the tasks and wait until all of them have ended. Their results and errors are dropped."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def run_service(main: Callable[[Stopping], Awaitable[None]], *, shutdown_deadline: float) -> int:
    """Run a service until SIGTERM or SIGINT, or until it fails; return the exit code.

    The first signal starts a thread that ends the process after `shutdown_deadline` seconds, because an event loop
    that hangs cannot end itself.
    """
    return asyncio.run(_run(main, shutdown_deadline))


def stop_immediately(why: str, **fields: object) -> None:
    """End the process now, with nothing committed.

    After a surprise this is the only exit that loses nothing: what is not committed is read again.
    """
    logger.critical("stopped_immediately", why=why, **fields)
    sys.stderr.flush()
    os._exit(EXIT_DEADLINE)


async def _run(main: Callable[[Stopping], Awaitable[None]], shutdown_deadline: float) -> int:
    stopping = Stopping()
    loop = asyncio.get_running_loop()

    def request_stop(name: str) -> None:
        logger.info("stop_requested", signal=name)
        stopping.set()
        _start_deadline(shutdown_deadline, loop)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, request_stop, number.name)
    try:
        await main(stopping)
    except ConfigurationError as error:
        logger.error("configuration_rejected", error=str(error))
        return EXIT_CONFIGURATION
    except CopydeskError as error:
        logger.error("service_failed", error=str(error), reason=error.reason)
        return EXIT_FAILED
    return 0


def _start_deadline(deadline: float, loop: asyncio.AbstractEventLoop) -> None:
    def stop() -> None:
        stop_immediately(f"the shutdown took longer than its deadline of {deadline:g} s", pending=describe_tasks(loop))

    timer = threading.Timer(deadline, stop)
    timer.daemon = True
    timer.start()


def describe_tasks(loop: asyncio.AbstractEventLoop) -> list[str]:
    """Describe where each task of a loop waits, outermost call first. The log has it when a stop takes too long."""
    return sorted(f"{task.get_name()}: {' > '.join(_list_calls(task.get_coro()))}" for task in asyncio.all_tasks(loop))


def _list_calls(awaited: object) -> Iterator[str]:
    """List the coroutines from a task's own to the one that waits, each with its line."""
    while (frame := getattr(awaited, "cr_frame", None)) is not None:
        yield f"{getattr(awaited, '__qualname__', '?')}:{frame.f_lineno}"
        awaited = getattr(awaited, "cr_await", None)
