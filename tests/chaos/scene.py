"""Services under a steady load during one special fault, and the checks afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError
from aiokafka.structs import TopicPartition

from services.contracts import topics
from services.embedded import EmbeddedKafka, EmbeddedSettings, Node
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings, name_variable
from services.sink.rules import read_rules
from tests.chaos.load import Load
from tests.support.whole_path.articles import generate_articles, generate_poison
from tests.support.whole_path.checker import Findings, check, read_raw
from tests.support.whole_path.members import Members, ViolationError
from tests.support.whole_path.scan import find_partitions, scan, wait_settled
from tests.support.whole_path.setting import GROUPS, RULES, SETTINGS, STUCK_AFTER, place

RATE = 5.0
"""Articles a second."""

GROUP_EMPTY_WITHIN = 60.0
"""Seconds after which the session of an ended member has expired."""

Report = Callable[[str], None]


@dataclass(slots=True)
class Scene:
    """Members and load on one broker."""

    servers: str
    members: Members
    load: Load
    report: Report
    folder: Path
    counts: dict[str, object] = field(default_factory=dict)

    async def drain(self) -> None:
        """Stop the load and wait until all of it is processed."""
        self.load.enough.set()
        while not self.load.ended.is_set():
            await asyncio.sleep(0.1)
        await wait_settled(self.servers, GROUPS, patience=STUCK_AFTER)

    async def judge(self, *, rewound: bool = False) -> None:
        """Check that everything is as without the fault. Raises ViolationError otherwise.

        A lane that was `rewound` reads its bad records again and writes their dead letters again.
        """
        findings = await check(self.servers, read_rules(RULES), self.load.acknowledged, rewound=rewound)
        raise_violations(findings, self.report)

    async def judge_outcomes(self, *, without: Sequence[str] = ()) -> None:
        """Check that each article is once on the enriched topic and on no route twice. Raises ViolationError otherwise.

        This is for a fault that removed a topic's records, so that the full check is impossible. The topics `without`
        are ignored.
        """
        findings = Findings()
        ids = {one.expected.article_id.encode() for one in await read_raw(self.servers) if one.expected.article_id}
        for topic in (topics.ENRICHED, *map(topics.routed_topic, read_rules(RULES).names)):
            if topic in without:
                continue
            found = await self.count_keys(topic)
            findings.add_violation(f"twice on {topic}", (key for key, times in found.items() if times > 1))
            if topic == topics.ENRICHED:
                findings.add_violation("lost", sorted(ids - found.keys()))
        findings.counts["articles"] = len(ids)
        raise_violations(findings, self.report)

    async def count_keys(self, topic: str) -> Counter[bytes]:
        """Count how often each article is on a topic, without the suite's bad records."""
        found: Counter[bytes] = Counter()

        def read_record(record: ConsumerRecord) -> None:
            if not any(name == "poison" for name, _ in record.headers):
                found[record.key] += 1

        await scan(self.servers, topic, read_record)
        return found

    async def rewind(self, group: str, topic: str) -> None:
        """Reset a group without members to the start, like `kafka-consumer-groups --reset-offsets --to-earliest`."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.servers, group_id=group, enable_auto_commit=False)
        await consumer.start()
        try:
            held = await find_partitions(consumer, topic)
            consumer.assign(held)
            begins = dict(await consumer.beginning_offsets(held))
            deadline = time.monotonic() + GROUP_EMPTY_WITHIN
            while True:
                try:
                    await consumer.commit(begins)
                    return
                except CommitFailedError:
                    # A member that ended without leaving stays in the group until its session expires.
                    if time.monotonic() > deadline:
                        raise
                await asyncio.sleep(1.0)
        finally:
            await consumer.stop()

    @contextlib.asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """Open an admin client, as an operator does."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.servers)
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()

    async def wait_until(self, what: str, condition: Callable[[], bool], within: float = 180.0) -> None:
        """Check a condition repeatedly. Raises ViolationError when the time is over."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise ViolationError(f"not within {within:g} s: {what}") from None


@contextlib.asynccontextmanager
async def open_scene(
    folder: Path,
    servers: str,
    seed: int,
    report: Report,
    *,
    names: Sequence[str] = ("ingest-a", "annotate-a", "match-a", "sink-a"),
    own: Mapping[str, Mapping[str, str]] | None = None,
    partition_copies: int = -1,
) -> AsyncIterator[Scene]:
    """Start the services and the load. `own` has settings of single members."""
    settings = KafkaSettings(bootstrap_servers=servers, replication_factor=partition_copies)
    await create_topics(settings, topics.DECLARED)
    common = {
        **SETTINGS,
        name_variable("kafka", "replication_factor"): str(partition_copies),
    }
    members = Members(folder, servers, common)
    for name in names:
        environ = dict((own or {}).get(name, {}))
        members.start(name, environ=environ, bootstrap_servers=environ.pop("servers", ""))
    supervising = asyncio.create_task(members.supervise())
    ingest = members.by_name["ingest-a"]
    load = Load(ingest.page, servers, generate_articles(seed), generate_poison(seed), RATE, 0)
    loading = asyncio.create_task(load.run())
    try:
        await members.wait_ready()
        yield Scene(servers, members, load, report, folder)
    finally:
        for task in (supervising, loading):
            task.cancel()
        await asyncio.wait([supervising, loading])
        await members.stop_all()


@contextlib.asynccontextmanager
async def open_single(
    folder: Path,
    seed: int,
    embedded: EmbeddedSettings,
    report: Report,
    *,
    node: Node | None = None,
    own: Mapping[str, Mapping[str, str]] | None = None,
) -> AsyncIterator[tuple[Scene, EmbeddedKafka]]:
    """Start a broker, and on it the services and the load."""
    with EmbeddedKafka.start(place(embedded, folder), node=node) as broker:
        async with open_scene(folder, broker.bootstrap_servers, seed, report, own=own) as scene:
            yield scene, broker


async def read_tail(servers: str, topic: str) -> dict[TopicPartition, int]:
    """Return the end offsets of a topic's partitions."""
    reader = AIOKafkaConsumer(bootstrap_servers=servers)
    await reader.start()
    try:
        return dict(await reader.end_offsets(await find_partitions(reader, topic)))
    finally:
        await reader.stop()


def raise_violations(findings: Findings, report: Report) -> None:
    """Raise ViolationError if there is a violation."""
    report(f"counts: {findings.counts}")
    if findings.violations:
        raise ViolationError("\n".join(findings.violations))
