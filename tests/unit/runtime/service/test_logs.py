"""Logging: one JSON line an event, and libraries that do not drown it."""

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
    """Where the lines go; the logging of the test run comes back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    configure_logging(TelemetrySettings(log_format="json"), "match", stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def build_record(name: str, message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, __file__, 1, message, arguments, None)


def test_our_lines_and_the_libraries_are_one_json_object_each(stream: io.StringIO) -> None:
    """With the service's name, the level and a time."""
    structlog.get_logger().info("article_enriched", id="a")
    logging.getLogger("aiokafka").warning("broker %s is away", 1)
    logging.getLogger("aiokafka").info("not of interest")
    ours, theirs = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (ours["event"], ours["id"], ours["service"], ours["level"]) == ("article_enriched", "a", "match", "info")
    assert (theirs["event"], theirs["service"]) == ("broker 1 is away", "match")


def test_a_library_repeats_itself_once_in_a_while() -> None:
    """The same template again within the time is not shown, whatever is filled in; another one is."""
    now = [0.0]
    lines = RepeatFilter(clock=lambda: now[0])
    assert lines.filter(build_record("aiokafka.conn", "no answer from %s", 1))
    assert not lines.filter(build_record("aiokafka.conn", "no answer from %s", 2))
    assert lines.filter(build_record("aiokafka.conn", "something else"))
    now[0] = REPEAT_AFTER
    assert lines.filter(build_record("aiokafka.conn", "no answer from %s", 3))


def test_our_own_lines_are_never_held_back() -> None:
    """Two articles may be told of in the same words."""
    lines = RepeatFilter()
    assert all(lines.filter(build_record("services.sink", "the same")) for _ in range(3))


def test_what_is_remembered_is_bounded() -> None:
    """A library that formats its own text does not fill the memory."""
    lines = RepeatFilter()
    for number in range(3 * MAX_REMEMBERED):
        assert lines.filter(build_record("aiokafka", f"number {number}"))
    assert len(lines._shown) <= MAX_REMEMBERED


class FullDisk(io.StringIO):
    """A log that nothing can be written to."""

    def write(self, text: str) -> int:
        raise OSError("no space left on device")


def test_a_log_that_cannot_be_written_ends_nothing() -> None:
    """Ours as little as the libraries'."""
    logger = LineLogger(FullDisk())
    for write in (logger.debug, logger.info, logger.warning, logger.error, logger.critical):
        write("a line")


def test_a_logger_that_was_bound_before_goes_on(stream: io.StringIO) -> None:
    """Loops bind theirs once."""
    bound = structlog.get_logger().bind()
    for _ in range(2):
        bound.warning("article_dead_lettered", reason="invalid_json")
    assert [json.loads(line)["level"] for line in stream.getvalue().splitlines()] == ["warning"] * 2


def test_levels_below_the_one_asked_for_are_silent(stream: io.StringIO) -> None:
    structlog.get_logger().debug("detail")
    assert stream.getvalue() == ""
