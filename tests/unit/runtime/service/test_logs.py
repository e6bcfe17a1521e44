"""Tests of logging: one JSON line per event, and few lines of libraries."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from services.runtime.service.logs import MAX_REMEMBERED, REPEAT_AFTER, LineLogger, RepeatFilter, configure_logging
from services.runtime.service.settings import TelemetrySettings


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Give the stream that gets the lines; restore the test run's own logging afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    configure_logging(TelemetrySettings(log_format="json"), "match", stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def build_record(name: str, message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, __file__, 1, message, arguments, None)


def test_each_line_is_one_json_object(stream: io.StringIO) -> None:
    """Our lines and those of libraries are JSON objects with the service's name and the level."""
    structlog.get_logger().info("article_enriched", id="a")
    logging.getLogger("aiokafka").warning("broker %s is away", 1)
    logging.getLogger("aiokafka").info("not of interest")
    ours, theirs = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (ours["event"], ours["id"], ours["service"], ours["level"]) == ("article_enriched", "a", "match", "info")
    assert (theirs["event"], theirs["service"]) == ("broker 1 is away", "match")


def test_repeated_messages_of_a_library_are_dropped() -> None:
    """A message with the same template is shown again only after some time; another template is shown at once."""
    now = [0.0]
    lines = RepeatFilter(clock=lambda: now[0])
    assert lines.filter(build_record("aiokafka.conn", "no answer from %s", 1))
    assert not lines.filter(build_record("aiokafka.conn", "no answer from %s", 2))
    assert lines.filter(build_record("aiokafka.conn", "something else"))
    now[0] = REPEAT_AFTER
    assert lines.filter(build_record("aiokafka.conn", "no answer from %s", 3))


def test_our_own_lines_are_never_dropped() -> None:
    """Our own lines are shown even if they are equal."""
    lines = RepeatFilter()
    assert all(lines.filter(build_record("services.sink", "the same")) for _ in range(3))


def test_remembered_templates_are_bounded() -> None:
    """A library that formats its own text does not fill the memory."""
    lines = RepeatFilter()
    for number in range(3 * MAX_REMEMBERED):
        assert lines.filter(build_record("aiokafka", f"number {number}"))
    assert len(lines._shown) <= MAX_REMEMBERED


class FullDisk(io.StringIO):
    """A stream that cannot be written."""

    def write(self, text: str) -> int:
        raise OSError("no space left on device")


def test_a_log_that_cannot_be_written_raises_nothing() -> None:
    """A line that cannot be written is dropped without an exception."""
    logger = LineLogger(FullDisk())
    for write in (logger.debug, logger.info, logger.warning, logger.error, logger.critical):
        write("a line")


def test_a_bound_logger_can_be_used_repeatedly(stream: io.StringIO) -> None:
    """A logger that a loop bound once writes every line."""
    bound = structlog.get_logger().bind()
    for _ in range(2):
        bound.warning("article_dead_lettered", reason="invalid_json")
    assert [json.loads(line)["level"] for line in stream.getvalue().splitlines()] == ["warning"] * 2


def test_lower_levels_are_not_logged(stream: io.StringIO) -> None:
    """A line below the configured level is not written."""
    structlog.get_logger().debug("detail")
    assert stream.getvalue() == ""
