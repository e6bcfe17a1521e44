"""Logging with structlog: JSON lines unless the output is a terminal, and one canonical line per article and stage."""

from __future__ import annotations

import contextlib
import logging
import math
import sys
import time
from collections.abc import Callable
from typing import TextIO

import structlog

from services.runtime.service.settings import TelemetrySettings

NOISY = ("aiokafka", "faust", "mode", "kafka", "asyncio", "uvicorn", "uvicorn.error", "trafilatura", "htmldate")
"""Libraries whose messages below warning are dropped, because they would outnumber our lines."""

MAX_REMEMBERED = 1_000
"""Maximum number of templates that the filter remembers. The bound protects the memory from a library that formats its
own text."""
REPEAT_AFTER = 10.0
"""Seconds after which a library's message is shown again. Without a broker, aiokafka writes some hundred a second."""


class RepeatFilter(logging.Filter):
    """Filter that shows each message of a library once in `REPEAT_AFTER` seconds.

    Messages with the same template are equal.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._shown: dict[tuple[str, str], float] = {}
        """For each logger and template, when it was shown last."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the message is shown."""
        if not record.name.startswith(NOISY):
            return True
        message, now = (record.name, str(record.msg)), self._clock()
        if now - self._shown.get(message, -math.inf) < REPEAT_AFTER:
            return False
        if len(self._shown) >= MAX_REMEMBERED:
            self._shown.clear()
        self._shown[message] = now
        return True


class LineLogger(structlog.WriteLogger):
    """Writer of our own lines, which drops a line that cannot be written, as the standard library's handlers do.

    A full disk, or a reader of the log that ended, must not stop the service.
    """

    def msg(self, message: str) -> None:
        """Write one line."""
        with contextlib.suppress(OSError, ValueError):
            super().msg(message)

    debug = info = warning = error = critical = msg


def configure_logging(settings: TelemetrySettings, service: str, stream: TextIO | None = None) -> None:
    """Send the lines of structlog and of the standard library through one renderer, to standard error.

    Our lines, one per article and stage, do not pass through the standard library's logging, which would take most of
    the time that a line costs.
    """
    target = stream if stream is not None else sys.stderr
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not target.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=target.isatty())]
    )
    line_logger = LineLogger(target)
    structlog.configure(
        processors=[*shared, *renderer],
        logger_factory=lambda *_: line_logger,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level.upper())),
        cache_logger_on_first_use=False,
    )
    _configure_standard_logging(settings.log_level.upper(), target, shared, renderer)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service)


def _configure_standard_logging(
    level: str,
    target: TextIO,
    shared: list[structlog.typing.Processor],
    renderer: list[structlog.typing.Processor],
) -> None:
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    handler.addFilter(RepeatFilter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
