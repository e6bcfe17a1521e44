"""One run: a broker, the services, a steady load, the schedule's faults, and a check of the topics."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from services.contracts import topics
from services.embedded import EmbeddedKafka, EmbeddedSettings
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings, name_variable
from services.sink.rules import read_rules
from tests.chaos.faults import Striker
from tests.chaos.load import Load
from tests.chaos.schedule import Step, build_schedule, count_kills
from tests.support.feed_server import FeedServer, Page, build_feed
from tests.support.whole_path.articles import generate_articles, generate_poison
from tests.support.whole_path.checker import Findings, check
from tests.support.whole_path.members import Members
from tests.support.whole_path.scan import wait_settled
from tests.support.whole_path.setting import GROUPS, RULES, SETTINGS, STUCK_AFTER, Report, place

FEED_INTERVAL = 2
"""Seconds between two visits of the feed, which has one more entry each time."""


@dataclass(frozen=True, slots=True)
class Run:
    """Parameters of a run."""

    seed: int
    articles: int
    kills: int
    rate: float = 8.0
    """Articles a second."""
    files: tuple[Path, ...] = ()
    """Files with the articles; the project's own articles if empty."""
    short: bool = False


@dataclass
class Result:
    """Results of a run."""

    seconds: float = 0.0
    kills: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    points: dict[str, int] = field(default_factory=dict)
    exits: dict[str, int] = field(default_factory=dict)
    endings: dict[str, int] = field(default_factory=dict)
    unlive: dict[str, int] = field(default_factory=dict)
    peak_megabytes: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return json.dumps(self.__dict__, indent=1, ensure_ascii=False)


async def run(parameters: Run, folder: Path, embedded: EmbeddedSettings, report: Report) -> Result:
    """Run the schedule and check the topics.

    Raises ViolationError or AssertionError if something is stuck or a process ends in a way that it must not.
    """
    steps = build_schedule(parameters.seed, parameters.kills, short=parameters.short)
    (folder / "schedule.txt").write_text("".join(f"{step}\n" for step in steps))
    started = time.monotonic()
    with EmbeddedKafka.start(place(embedded, folder)) as broker:
        await create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers), topics.DECLARED)
        async with open_members(folder, broker.bootstrap_servers, parameters.short) as members:
            striker = Striker(members, broker)
            load = await _disturb(parameters, steps, striker, report)
            report("the faults are over; waiting until everything is worked off")
            await wait_settled(broker.bootstrap_servers, GROUPS, patience=STUCK_AFTER)
        report(f"worked off after {time.monotonic() - started:.0f} s; checking")
        findings = await check(broker.bootstrap_servers, read_rules(RULES), load.acknowledged)
    return _sum_up(steps, striker, load, findings, time.monotonic() - started)


@contextlib.asynccontextmanager
async def open_members(folder: Path, servers: str, short: bool) -> AsyncIterator[Members]:
    """Start the services with a feed to fetch, and supervise them until the end of the block."""
    feeds = FeedServer()
    await feeds.start()
    feeding = asyncio.create_task(_feed(feeds))
    members = Members(folder, servers, SETTINGS)
    members.start("ingest-a", environ=_follow(feeds, folder))
    for name in ("annotate-a", "match-a", "match-b", "sink-a", "sink-b", *(() if short else ("annotate-b",))):
        # The first of each pair is a static member and keeps its partitions; the second one's are reassigned.
        instance = {name_variable("kafka", "instance"): name} if name.endswith("a") else {}
        members.start(name, environ=instance)
    supervising = asyncio.create_task(members.supervise())
    try:
        await members.wait_ready()
        yield members
    finally:
        for task in (supervising, feeding):
            task.cancel()
        await asyncio.wait([supervising, feeding])
        await members.stop_all()
        await feeds.stop()
    if not supervising.cancelled():
        supervising.result()


async def _disturb(parameters: Run, steps: list[Step], striker: Striker, report: Report) -> Load:
    """Run the load and the faults together; return the load when both are done."""
    [ingest] = striker.members.of("ingest")
    load = Load(
        ingest.page,
        striker.members.bootstrap_servers,
        generate_articles(parameters.seed, parameters.files),
        generate_poison(parameters.seed),
        parameters.rate,
        parameters.articles,
    )
    loading = asyncio.create_task(load.run())
    # A run with many articles spreads its faults over its whole time.
    spread = max(0.0, parameters.articles / parameters.rate / len(steps) - MEAN_STEP_SECONDS)
    try:
        for number, step in enumerate(steps, start=1):
            report(f"{number}/{len(steps)} {step}")
            await striker.strike(step)
            await asyncio.sleep(spread)
            if loading.done():
                loading.result()
        load.enough.set()
        await loading
    finally:
        loading.cancel()
        await asyncio.wait([loading])
    return load


MEAN_STEP_SECONDS = 4.0
"""Seconds that a step takes without its pause, on average."""


def _follow(feeds: FeedServer, folder: Path) -> dict[str, str]:
    path = folder / "feeds.json"
    path.write_text(json.dumps([{"url": feeds.url("/feed"), "interval": FEED_INTERVAL}]))
    section = ("ingest", "fetch")
    return {
        name_variable("ingest", "feeds"): str(path),
        name_variable(*section, "allow_private"): "true",
        name_variable(*section, "host_pause"): "0",
        name_variable(*section, "contact"): "desk@post.example",
    }


async def _feed(feeds: FeedServer) -> None:
    """Serve a feed that grows and shows its last entries, like real feeds."""
    last = 0
    while True:
        last += 1
        feeds.pages["/feed"] = Page(build_feed("chaos", range(max(0, last - 30), last)))
        await asyncio.sleep(FEED_INTERVAL)


def _sum_up(steps: list[Step], striker: Striker, load: Load, findings: Findings, seconds: float) -> Result:
    members = striker.members
    peaks: dict[str, int] = {}
    for member in members.by_name.values():
        peaks[member.stage] = max(peaks.get(member.stage, 0), member.peak_bytes // 2**20)
    return Result(
        seconds=round(seconds),
        kills=count_kills(steps),
        faults=dict(striker.done),
        points=dict(striker.points),
        exits=dict(members.exits),
        endings=members.count_endings(),
        unlive=dict(members.unlive),
        peak_megabytes=peaks,
        counts={**findings.counts, "bad records sent": load.bad, "batches sent again": load.retries},
        violations=findings.violations,
    )
