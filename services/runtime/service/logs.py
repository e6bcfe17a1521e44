"""Logging: structlog, JSON off a terminal, one canonical line an article a stage."""

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
"""Libraries whose information lines would drown ours; their warnings stay."""

MAX_LINES = 1_000
"""Lines that are remembered; a library that formats its own text must not fill the memory."""
REPEAT_AFTER = 10.0
"""Seconds after which a library's line may come again: without a broker aiokafka writes some hundred a second."""


class RepeatFilter(logging.Filter):
    """Lets each line of a library through once in `REPEAT_AFTER` seconds; lines are equal when their template is."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._shown: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is shown."""
        if not record.name.startswith(NOISY):
            return True
        line, now = (record.name, str(record.msg)), self._clock()
        if now - self._shown.get(line, -math.inf) < REPEAT_AFTER:
            return False
        if len(self._shown) >= MAX_LINES:
            self._shown.clear()
        self._shown[line] = now
        return True


class LineLogger(structlog.WriteLogger):
    """Writes our own lines. One that cannot be written is dropped, as the standard library's handlers do: a full disk
    under the log, or a reader that went away, must not end the work."""

    def msg(self, message: str) -> None:
        """Write one line."""
        with contextlib.suppress(OSError, ValueError):
            super().msg(message)

    debug = info = warning = error = critical = msg


def configure_logging(settings: TelemetrySettings, service: str, stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's logging through one renderer, to standard error.

    Our lines, one an article a stage, do not go through the standard library: it took four fifths of their time.
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
    lines = LineLogger(target)
    structlog.configure(
        processors=[*shared, *renderer],
        logger_factory=lambda *_: lines,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level.upper())),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    root = logging.getLogger()
    handler.addFilter(RepeatFilter())
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service)
