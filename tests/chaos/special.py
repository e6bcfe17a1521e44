"""Special faults, tried one at a time, each with the operator's remedy (docs/runbook.md)."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest

from services.contracts import topics
from services.embedded import EmbeddedCluster, EmbeddedSettings, Node
from services.embedded.ports import find_free_port
from tests.chaos.proxy import Proxy
from tests.chaos.scene import Report, Scene, open_scene, open_single
from tests.support.footprint import measure_memory
from tests.support.whole_path.members import ViolationError
from tests.support.whole_path.scan import scan
from tests.support.whole_path.setting import place

CALM, HOLD = 8.0, 15.0
"""Seconds of load before a fault, and seconds that the fault lasts."""
DISK_MEGABYTES = 256
FAKETIME = (
    Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"),
    Path("/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"),
)
"""Path of the library in Debian's package."""
STALLED_SECONDS = 300.0
MEMORY_GROWTH = 1.5
"""Largest allowed memory during the stall, as a multiple of before; an unbounded queue would need many times that."""
DENY_WRITE = (2, topics.ENRICHED, 3, "User:ANONYMOUS", "*", 4, 2)
"""ACL in Kafka's codes (KIP-4): a literal topic name, any user from any host, write, denied."""

Special = Callable[[Path, int, EmbeddedSettings, Report], Awaitable[None]]


async def run_special(name: str, seed: int, folder: Path, embedded: EmbeddedSettings, report: Report) -> None:
    """Run one special fault. Raises ViolationError if anything was lost, doubled, changed or stuck."""
    report(f"special: {name}")
    began = time.monotonic()
    await SPECIAL[name](folder, seed, embedded, report)
    report(f"special: {name} held after {time.monotonic() - began:.0f} s")


async def fill_the_disk(folder: Path, seed: int, embedded: EmbeddedSettings, report: Report) -> None:
    """Fill the broker's disk: the broker dies; with room and a new start the services continue by themselves."""
    disk = folder / "kafka"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", disk], check=True)
    try:
        async with open_single(folder, seed, embedded, report) as (scene, broker):
            await asyncio.sleep(CALM)
            filler = disk / "filler"
            _fill(filler)
            report("the disk is full")
            await scene.wait_until("the broker fails", lambda: not broker.is_running)
            report("the broker has ended")
            await asyncio.sleep(HOLD)
            filler.unlink()
            await asyncio.to_thread(broker.restart)
            report("there is room, and the broker is up")
            await asyncio.sleep(CALM)
            await scene.drain()
            await scene.judge()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


async def delete_routed_topic(folder: Path, seed: int, embedded: EmbeddedSettings, report: Report) -> None:
    """Delete a route's topic: sink creates it again and continues; only the events on that topic are gone."""
    topic = topics.routed_topic("harbour")
    async with open_single(folder, seed, embedded, report) as (scene, _):
        await asyncio.sleep(CALM)
        async with scene.admin() as admin:
            await admin.delete_topics([topic])
        report(f"{topic} is deleted")
        await asyncio.sleep(HOLD)
        await scene.drain()
        await scene.judge_outcomes()
        if not await scene.count_keys(topic):
            raise ViolationError(f"nothing came to {topic} after it was deleted")


async def delete_annotated_topic(folder: Path, seed: int, embedded: EmbeddedSettings, report: Report) -> None:
    """Delete the topic between annotate and match: after a reset of annotate's group each article is there once."""
    async with open_single(folder, seed, embedded, report) as (scene, _):
        await asyncio.sleep(CALM)
        async with scene.admin() as admin:
            await admin.delete_topics([topics.ANNOTATED])
        report(f"{topics.ANNOTATED} is deleted")
        await asyncio.sleep(HOLD)
        report(f"since then: {dict(scene.members.exits)}")
        await _replay(scene, "annotate", "copydesk-annotate", topics.RAW)
        report("annotate is rewound")
        await scene.drain()
        await scene.judge_outcomes()


async def take_acl_away(folder: Path, seed: int, embedded: EmbeddedSettings, report: Report) -> None:
    """Take match's right to write: it stops without committing until it has the right again."""
    acls = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "true",
        "super.users": "User:nobody",
    }
    async with open_single(folder, seed, embedded, report, node=Node(properties=acls)) as (scene, _):
        await asyncio.sleep(CALM)
        async with scene.admin() as admin:
            answer = await admin._send_to_controller(CreateAclsRequest(*DENY_WRITE))
            report(f"the right to write {topics.ENRICHED} is taken away: {answer}")
            await scene.wait_until("match stops", lambda: scene.members.exits["match 70"] > 0)
            report(f"exits: {dict(scene.members.exits)}; {scene.members.by_name['match-a'].process.tail()[-300:]}")
            await admin._send_to_controller(DeleteAclsRequest(*DENY_WRITE))
        report("it is given back")
        await asyncio.sleep(CALM)
        await scene.drain()
        await scene.judge()


async def shift_clocks(folder: Path, seed: int, embedded: EmbeddedSettings, report: Report) -> None:
    """Run one service's clock two hours fast and another's two hours slow: no output differs."""
    library = next((path for path in FAKETIME if path.exists()), None)
    if library is None:
        raise ViolationError("libfaketime is not installed (Debian: apt-get install libfaketime)")

    def shift(hours: int) -> dict[str, str]:
        # Only the wall clock: deadlines use the monotonic clock, which NTP does not set either.
        return {"LD_PRELOAD": str(library), "FAKETIME": f"{hours:+d}h", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    for fast, slow in (("sink-a", "match-a"), ("match-a", "annotate-a"), ("annotate-a", "sink-a"), ("ingest-a", "")):
        own = {fast: shift(2), **({slow: shift(-2)} if slow else {})}
        part = folder / fast
        part.mkdir()
        async with open_single(part, seed, embedded, report, own=own) as (scene, _):
            await asyncio.sleep(HOLD)
            await scene.drain()
            await scene.judge()
        report(f"{fast} was 2 h fast and {slow or 'none'} 2 h slow")


async def replay_everything(folder: Path, seed: int, embedded: EmbeddedSettings, report: Report) -> None:
    """Send all raw records again in another order, then read both inputs again: nothing new appears."""
    async with open_single(folder, seed, embedded, report) as (scene, _):
        await asyncio.sleep(HOLD)
        await _send_again(scene, random.Random(seed))
        report("every raw record was sent again, shuffled")
        await asyncio.sleep(CALM)
        await _replay(scene, "annotate", "copydesk-annotate", topics.RAW)
        await _replay(scene, "match", "copydesk-match", topics.ANNOTATED)
        report("annotate and match read from the start")
        await scene.drain()
        await scene.judge(rewound=True)


async def stop_while_down(folder: Path, seed: int, embedded: EmbeddedSettings, report: Report) -> None:
    """Send SIGTERM while the broker is away: every service ends within its deadline, and nothing is lost."""
    async with open_single(folder, seed, embedded, report) as (scene, broker):
        for pause in (False, True):
            await asyncio.sleep(CALM)
            await asyncio.to_thread(broker.pause if pause else broker.stop)
            await asyncio.sleep(1.0)
            codes = {}
            for member in list(scene.members.by_name.values()):
                codes[member.name] = await scene.members.stop(member)
            report(f"the broker {'stands still' if pause else 'is away'}; exits on SIGTERM: {codes}")
            if pause:
                broker.resume()
            else:
                await asyncio.to_thread(broker.restart)
            for member in scene.members.by_name.values():
                scene.members.restart(member)
            await scene.members.wait_ready()
        await asyncio.sleep(CALM)
        await scene.drain()
        await scene.judge()


async def stall_the_target(folder: Path, seed: int, embedded: EmbeddedSettings, report: Report) -> None:
    """Let sink's broker accept nothing for five minutes under load: no process grows."""
    proxy = Proxy(0)
    await proxy.start()
    port, second, controller = (find_free_port(embedded.host) for _ in range(3))
    proxy.target = second
    host = embedded.host
    node = Node(
        controller_port=controller,
        properties={
            "listeners": f"PLAINTEXT://{host}:{port},SINK://{host}:{second},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://{host}:{port},SINK://127.0.0.1:{proxy.port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SINK:PLAINTEXT,CONTROLLER:PLAINTEXT",
        },
    )
    own = {"sink-a": {"servers": f"127.0.0.1:{proxy.port}"}}
    fixed = embedded.model_copy(update={"port": port})
    async with open_single(folder, seed, fixed, report, node=node, own=own) as (scene, _):
        await asyncio.sleep(HOLD)
        before = _measure(scene)
        proxy.is_black_hole = True
        report(f"stalled; MiB before: {before}")
        peaks = dict(before)
        until = time.monotonic() + STALLED_SECONDS
        while time.monotonic() < until:
            await asyncio.sleep(5.0)
            peaks = {name: max(peaks[name], now) for name, now in _measure(scene).items()}
        proxy.is_black_hole = False
        report(f"MiB at most in {STALLED_SECONDS:.0f} s of stall: {peaks}; exits: {dict(scene.members.exits)}")
        for name, most in peaks.items():
            if most > MEMORY_GROWTH * before[name] + 50:
                raise ViolationError(f"{name} grew from {before[name]} to {most} MiB")
        await scene.drain()
        await scene.judge()
    await proxy.stop()


async def break_a_cluster(folder: Path, seed: int, embedded: EmbeddedSettings, report: Report) -> None:
    """Make one of three brokers slow, cut off, unreachable, frozen, stopped and dead in turn; leaders move."""
    proxies = [Proxy(0) for _ in range(3)]
    ports = [find_free_port(embedded.host) for _ in proxies]
    for proxy, port in zip(proxies, ports, strict=True):
        proxy.target = port
        await proxy.start()
    settings = place(embedded, folder)
    advertised = [proxy.port for proxy in proxies]
    with EmbeddedCluster.start(settings, ports=ports, advertised=advertised) as cluster:
        async with open_scene(folder, cluster.bootstrap_servers, seed, report) as scene:
            await asyncio.sleep(CALM)
            await _trouble(cluster, proxies, random.Random(seed), report)
            await asyncio.sleep(CALM)
            await scene.drain()
            report(f"exits: {dict(scene.members.exits)}")
            await scene.judge()
    for proxy in proxies:
        await proxy.stop()


async def _trouble(cluster: EmbeddedCluster, proxies: list[Proxy], rng: random.Random, report: Report) -> None:
    def choose() -> int:
        return rng.randrange(len(proxies))

    slow, cut, away, frozen, stopped, killed = (choose() for _ in range(6))
    report(f"broker {slow + 1} is slow, {cut + 1} is cut off")
    proxies[slow].latency = 0.5
    await asyncio.sleep(HOLD / 2)
    proxies[cut].reset()
    await asyncio.sleep(HOLD / 2)
    proxies[slow].latency = 0.0
    report(f"broker {away + 1} cannot be reached, by clients or by brokers")
    proxies[away].is_black_hole = True
    await asyncio.sleep(HOLD)
    proxies[away].is_black_hole = False
    proxies[away].reset()
    report(f"broker {frozen + 1} stands still; its leaders move")
    cluster.brokers[frozen].pause()
    await asyncio.sleep(HOLD)
    cluster.brokers[frozen].resume()
    await asyncio.sleep(CALM)
    report(f"broker {stopped + 1} is stopped")
    await asyncio.to_thread(cluster.brokers[stopped].stop)
    await asyncio.sleep(CALM)
    await asyncio.to_thread(cluster.brokers[stopped].restart)
    await asyncio.sleep(CALM)
    report(f"broker {killed + 1} is killed")
    await asyncio.to_thread(cluster.brokers[killed].kill)
    await asyncio.sleep(CALM)
    await asyncio.to_thread(cluster.brokers[killed].restart)


async def _send_again(scene: Scene, rng: random.Random) -> None:
    """Send every raw record with its key, value and headers again, in another order."""
    records: list[ConsumerRecord] = []
    await scan(scene.servers, topics.RAW, records.append)
    rng.shuffle(records)
    producer = AIOKafkaProducer(bootstrap_servers=scene.servers, enable_idempotence=True)
    await producer.start()
    try:
        for record in records:
            await producer.send_and_wait(
                record.topic, record.value, key=record.key or b"none", partition=record.partition,
                headers=list(record.headers),
            )  # fmt: skip
    finally:
        await producer.stop()


async def _replay(scene: Scene, stage: str, group: str, topic: str) -> None:
    """Stop a stage, reset its group to the start of its topic, and start the stage."""
    for member in scene.members.of(stage):
        code = await scene.members.stop(member)
        if code not in (0, 70, -signal.SIGKILL):
            raise ViolationError(f"{member.name} ended with {code}")
    await scene.rewind(group, topic)
    for member in scene.members.of(stage):
        scene.members.restart(member)


def _measure(scene: Scene) -> dict[str, int]:
    return {name: measure_memory(one.process.process.pid) // 2**20 for name, one in scene.members.by_name.items()}


def _fill(path: Path) -> None:
    """Fill all free space."""
    block = bytes(2**20)
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(block)
        except OSError:
            return


SPECIAL: dict[str, Special] = {
    "disk-full": fill_the_disk,
    "routed-topic-deleted": delete_routed_topic,
    "annotated-topic-deleted": delete_annotated_topic,
    "acl": take_acl_away,
    "clock": shift_clocks,
    "replay": replay_everything,
    "stop-while-down": stop_while_down,
    "stalled-target": stall_the_target,
    "three-brokers": break_a_cluster,
}
