"""Reload of the routing rules: a valid file replaces the rules, a wrong one is reported and does not."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from services.errors import ConfigurationError, TransientError
from services.outcomes import ReloadOutcome
from services.runtime.service.lifecycle import cancel
from services.sink.metrics import SinkMetrics
from services.sink.reload import ReloadedRules
from services.sink.router import SinkProcessor
from services.sink.rules import Rules
from tests.support.events import build_event
from tests.support.source_records import Record

ENGLISH = "version: 1\nroutes: [{name: english, when: {language: en}}]\n"
ALL = "version: 1\nroutes: [{name: all, when: always}]\n"
BROKEN = "version: 1\nroutes: [{name: all, when: {langage: en}}]\n"


class Desk:
    """A rules file, the rules in force, and the topics that were prepared."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "rules.yaml"
        self.written = 0
        self.write(ENGLISH)
        self.metrics = SinkMetrics()
        self.prepared: list[tuple[str, ...]] = []
        self.failure: Exception | None = None
        self.rules = ReloadedRules(self.path, self.metrics, self.prepare, interval=0.01)

    def write(self, content: str) -> None:
        """Write the file with a time of modification of its own."""
        self.path.write_text(content)
        self.written += 1
        os.utime(self.path, ns=(self.written, self.written))

    async def prepare(self, rules: Rules) -> None:
        """Record the routes whose topics would be created."""
        if self.failure is not None:
            raise self.failure
        self.prepared.append(rules.names)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the routes in force."""
        return self.rules.current.names

    @property
    def counts(self) -> tuple[float, float, float]:
        """Numbers of reloads and rejections, and the gauge."""
        reloads = self.metrics.rules_reloads
        reloaded, rejected = (reloads.labels(outcome)._value.get() for outcome in ReloadOutcome)
        return reloaded, rejected, self.metrics.rules_rejected._value.get()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Build rules from a file that routes English articles."""
    return Desk(tmp_path)


async def test_a_changed_file_is_read_when_it_is_stable(desk: Desk) -> None:
    """A changed file is read at the check after the one that saw the change, and its topics are prepared first."""
    await desk.rules.check()
    desk.write(ALL)
    await desk.rules.check()
    assert desk.names == ("english",)
    await desk.rules.check()
    assert (desk.names, desk.prepared, desk.counts) == (("all",), [("all",)], (1, 0, 0))
    assert desk.rules.list_topics() == ("news.routed.english.v1", "news.routed.all.v1")


async def test_a_file_that_is_being_written_is_not_read(desk: Desk) -> None:
    """The file is not read while it differs at each check."""
    for content in (BROKEN, "version: 1", ALL):
        desk.write(content)
        await desk.rules.check()
    assert (desk.names, desk.counts) == (("english",), (0, 0, 0))
    await desk.rules.check()
    assert desk.names == ("all",)


async def test_a_request_reads_the_file_at_once(desk: Desk) -> None:
    """SIGHUP reads the file without waiting; an unchanged file changes nothing."""
    await desk.rules.check(is_requested=True)
    assert desk.counts == (0, 0, 0)
    desk.write(ALL)
    await desk.rules.check(is_requested=True)
    assert desk.names == ("all",)


async def test_a_wrong_file_keeps_the_earlier_rules(desk: Desk) -> None:
    """A wrong file is counted, sets the gauge, and changes no rule; the earlier file counts as read and clears it."""
    desk.write(BROKEN)
    await desk.rules.check(is_requested=True)
    assert (desk.names, desk.counts) == (("english",), (0, 1, 1))
    await desk.rules.check()
    assert desk.counts == (0, 1, 1)
    desk.write(ENGLISH)
    await desk.rules.check(is_requested=True)
    assert (desk.names, desk.counts) == (("english",), (1, 1, 0))


async def test_a_removed_file_keeps_the_earlier_rules(desk: Desk) -> None:
    """A file that is gone is reported like a wrong one."""
    desk.path.unlink()
    await desk.rules.check()
    await desk.rules.check()
    assert (desk.names, desk.counts) == (("english",), (0, 1, 1))


async def test_rules_wait_for_their_topics(desk: Desk) -> None:
    """While the topics cannot be prepared the earlier rules stay, and each check tries again."""
    desk.write(ALL)
    desk.failure = TransientError("no broker")
    await desk.rules.check(is_requested=True)
    await desk.rules.check()
    assert (desk.names, desk.counts) == (("english",), (0, 2, 1))
    desk.failure = None
    await desk.rules.check()
    assert (desk.names, desk.counts) == (("all",), (1, 2, 0))


@pytest.mark.parametrize("failure", [ConfigurationError("3 partitions"), RuntimeError("a bug")])
async def test_rules_with_a_wrong_topic_are_rejected(desk: Desk, failure: Exception) -> None:
    """After a topic with wrong partitions, or a bug, the earlier rules stay until the file changes again."""
    desk.write(ALL)
    desk.failure = failure
    await desk.rules.check(is_requested=True)
    desk.failure = None
    await desk.rules.check()
    assert (desk.names, desk.counts) == (("english",), (0, 1, 1))


async def test_the_first_file_must_be_valid(desk: Desk) -> None:
    """Without earlier rules a wrong file is an error at once."""
    desk.write(BROKEN)
    with pytest.raises(ConfigurationError, match="did you mean language"):
        ReloadedRules(desk.path, desk.metrics, desk.prepare, interval=1)


async def test_a_transaction_has_one_version_of_the_rules(desk: Desk) -> None:
    """Rules that change during a transaction apply from the next one on, and the header says which applied."""
    processor = SinkProcessor(desk.rules.get, desk.metrics)
    record = Record(build_event().to_bytes())

    def route() -> tuple[str, bytes | None]:
        [output] = processor.process(record).outputs
        return output.topic, dict(output.headers)["x-copydesk-rules"]

    processor.begin_transaction()
    earlier = desk.rules.current.version.encode()
    desk.write(ALL)
    await desk.rules.check(is_requested=True)
    assert route() == ("news.routed.english.v1", earlier)
    processor.begin_transaction()
    assert route() == ("news.routed.all.v1", desk.rules.current.version.encode())


async def test_the_watch_reads_changes_and_requests(desk: Desk) -> None:
    """The task that watches finds a change by itself, and a request wakes it."""
    watching = asyncio.create_task(desk.rules.watch())
    desk.write(ALL)
    for content, names in ((None, ("all",)), (ENGLISH, ("english",))):
        if content is not None:
            desk.write(content)
            desk.rules.request()
        async with asyncio.timeout(5):
            while desk.names != names:
                await asyncio.sleep(0.01)
    await cancel(watching)
