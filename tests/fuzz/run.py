"""Bad records among good ones through the real services, with a check of each one's outcome."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.contracts import topics
from services.embedded import EmbeddedKafka, EmbeddedSettings
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings, name_variable
from services.sink.rules import read_rules
from tests.fuzz.records import make_bad_records, make_odd_articles
from tests.support.footprint import measure_memory
from tests.support.whole_path.articles import Poison, generate_articles
from tests.support.whole_path.checker import check
from tests.support.whole_path.members import Members, ViolationError
from tests.support.whole_path.scan import find_partitions, wait_settled
from tests.support.whole_path.setting import GROUPS, RULES, SETTINGS, STUCK_AFTER, place

GOOD_EVERY = 5
"""Number of bad records for each good one."""
IN_FLIGHT = 200
"""Number of records that are appended before their acknowledgements are awaited."""
BOMB_MEGABYTES = 24
"""Unpacked size of a record of some kilobytes: within the limit of a topic."""
ARTICLE_DEADLINE = 30
"""Seconds of CPU time. The hardest record takes one; a busy machine must not turn a record into a dead letter."""
GROWTH = 1.3
GROWTH_MEGABYTES = 60
"""Allowed growth of memory after the first tenth of the records, as a factor and in megabytes."""
WARM = 10
"""Share of the records, as a divisor, after which memory is first measured: caches and pools are full then."""

Report = Callable[[str], None]


@dataclass
class Silence:
    """Longest time without an output while records wait. Measuring starts when `since` is set."""

    longest: float = 0.0
    since: float | None = None

    def end(self) -> None:
        """End the current silence: an output arrived."""
        now = time.monotonic()
        if self.since is not None:
            self.longest, self.since = max(self.longest, now - self.since), now


@dataclass
class Outcome:
    """Results of a fuzz run."""

    records: int = 0
    bad: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    longest_silence: float = 0.0
    """Longest time without any output while records waited, in seconds."""
    megabytes: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Memory of each service after the first tenth of the records, and at most."""
    counts: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return json.dumps(self.__dict__, indent=1)


async def fuzz(count: int, seed: int, folder: Path, embedded: EmbeddedSettings, report: Report) -> Outcome:
    """Send the records and check them. Raises ViolationError for a wrong outcome or if memory grew."""
    bad = make_bad_records(count, seed)
    report(f"{len(bad)} bad records made")
    with EmbeddedKafka.start(place(embedded, folder)) as broker:
        servers = broker.bootstrap_servers
        await create_topics(KafkaSettings(bootstrap_servers=servers), topics.DECLARED)
        settings = {
            **SETTINGS,
            name_variable("annotate", "article_deadline"): str(ARTICLE_DEADLINE),
        }
        members = Members(folder, servers, settings)
        for name in ("annotate-a", "match-a", "sink-a"):
            members.start(name)
        supervising = asyncio.create_task(members.supervise())
        try:
            await members.wait_ready()
            outcome = await _run(bad, seed, members, servers, report)
        finally:
            supervising.cancel()
            await asyncio.wait([supervising])
            await members.stop_all()
        report("worked off; checking")
        findings = await check(servers, read_rules(RULES), ())
    outcome.counts = findings.counts
    outcome.reasons = dict(findings.reasons)
    violations = [*findings.violations, *_judge(outcome, members)]
    if violations:
        raise ViolationError("\n".join([*violations, str(outcome)]))
    return outcome


async def _run(bad: list[Poison], seed: int, members: Members, servers: str, report: Report) -> Outcome:
    outcome = Outcome(bad=len(bad))
    began = time.monotonic()
    silence = Silence()
    listening = asyncio.create_task(_listen(servers, silence))
    records = [*_mix(bad, seed)]
    outcome.records = len(records)
    warm: dict[str, int] = {}
    await _append_bomb(servers)
    for start in range(0, len(records), IN_FLIGHT):
        # No record waited before this moment.
        silence.since = time.monotonic()
        await _append(servers, records[start : start + IN_FLIGHT])
        # A short queue measures the services and not the queue.
        await wait_settled(servers, {"copydesk-annotate": topics.RAW}, patience=STUCK_AFTER)
        if not warm and start >= len(records) // WARM:
            warm = _measure(members)
        if start % (10 * IN_FLIGHT) == 0:
            report(f"{start} of {len(records)} records; MiB: {_measure(members)}")
    await wait_settled(servers, GROUPS, patience=STUCK_AFTER)
    peaks = _measure(members)
    listening.cancel()
    await asyncio.wait([listening])
    outcome.longest_silence = round(silence.longest, 2)
    outcome.seconds = round(time.monotonic() - began, 1)
    outcome.megabytes = {name: (warm.get(name, most), most) for name, most in peaks.items()}
    return outcome


def _mix(bad: list[Poison], seed: int) -> Iterable[Poison]:
    """Mix good records into the bad ones, as a foreign producer appends them."""
    good = generate_articles(seed)
    odd = iter(make_odd_articles(seed))
    for number, poison in enumerate(bad):
        yield poison
        if number % GOOD_EVERY == 0:
            fields = next(odd, None) if number % (2 * GOOD_EVERY) == 0 else None
            value = json.dumps(fields if fields is not None else next(good).fields).encode()
            yield Poison(topics.RAW, number % topics.PARTITIONS, b"good-%d" % number, value)
    for fields in odd:
        yield Poison(topics.RAW, 0, b"odd", json.dumps(fields).encode())


async def _append(servers: str, records: list[Poison]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, enable_idempotence=True, max_request_size=topics.MAX_RECORD_BYTES
    )
    await producer.start()
    try:
        deliveries = []
        for one in records:
            headers = list(one.headers)
            if one.key is None and one.value is None:
                continue
            deliveries.append(
                await producer.send(one.topic, one.value, key=one.key, partition=one.partition, headers=headers)
            )
        await asyncio.gather(*deliveries)
    finally:
        await producer.stop()


async def _append_bomb(servers: str) -> None:
    """Append records that are small on the wire and large unpacked: blanks, and an article of blanks."""
    async with AIOKafkaProducer(
        bootstrap_servers=servers, compression_type="gzip", max_request_size=topics.MAX_RECORD_BYTES
    ) as producer:
        blanks = b" " * (BOMB_MEGABYTES * 2**20)
        for value in (blanks, b'{"content": "' + blanks + b'"}'):
            await producer.send_and_wait(topics.RAW, value, key=b"bomb", partition=0)


async def _listen(servers: str, silence: Silence) -> None:
    """Listen to every output topic until cancelled."""
    ends = [topics.ANNOTATED, topics.ENRICHED, *(topics.dead_letter_topic(name) for name in GROUPS.values())]
    reader = AIOKafkaConsumer(bootstrap_servers=servers, isolation_level="read_committed", fetch_max_wait_ms=50)
    await reader.start()
    try:
        held = [one for name in ends for one in await find_partitions(reader, name)]
        reader.assign(held)
        await reader.seek_to_beginning(*held)
        while True:
            if await reader.getmany(timeout_ms=20):
                silence.end()
    finally:
        await reader.stop()


def _measure(members: Members) -> dict[str, int]:
    return {name: measure_memory(one.process.process.pid) // 2**20 for name, one in members.by_name.items()}


def _judge(outcome: Outcome, members: Members) -> list[str]:
    grown = [
        f"{name} grew from {warm} to {most} MiB"
        for name, (warm, most) in outcome.megabytes.items()
        if most > GROWTH * warm + GROWTH_MEGABYTES
    ]
    return [*grown, *(f"{ended} times {times}" for ended, times in members.exits.items())]
