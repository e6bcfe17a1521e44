"""Tests of restarts of match, with and without snapshots: the verdicts stay the same."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contracts import topics
from services.contracts.event import EnrichedArticle
from services.contracts.state.shard_map import DECLARED_SHARDS
from services.contracts.state.verdict_log import VerdictRecord
from services.runtime.service.settings import name_variable
from tests.integration.test_match import MATCH, judge_without_faults, read_enriched, send, vary
from tests.support.annotated import Sent, build_many
from tests.support.kafka_records import read_committed_records
from tests.support.stage_processes import StageProcess, run_stage_process

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

KILLS = int(os.environ.get("RESTORE_KILLS", "4"))
LANGUAGES = ("en", "es")


@pytest.fixture
def match(broker: str, tmp_path: Path) -> Iterator[StageProcess]:
    """Run match as a process that writes a snapshot after each transaction."""
    environ = {
        name_variable("kafka", "instance"): "match-0",
        name_variable("match", "snapshot", "folder"): str(tmp_path / "snapshots"),
        name_variable("match", "snapshot", "interval"): "0",
        name_variable("match", "snapshot", "records"): "1",
    }
    with run_stage_process(*MATCH, bootstrap_servers=broker, log=tmp_path / "match.log", environ=environ) as stage:
        yield stage


async def test_kills_during_snapshots_change_no_verdict(broker: str, match: StageProcess, tmp_path: Path) -> None:
    """If match is killed between and during snapshots, each verdict is the same as without kills."""
    rng = random.Random(3)
    # Every third restart has no snapshot.
    sent: list[Sent] = []
    for number in range(KILLS):
        batch = build_many(range(number * 40, number * 40 + 40), seed=1, languages=LANGUAGES)
        batch += [vary(rng.randrange(number * 40 + 40)) for _ in range(4)]
        await send(broker, batch)
        sent += batch
        await asyncio.to_thread(match.wait_for, "snapshot_written")
        await asyncio.sleep(rng.uniform(0.0, 0.3))
        match.kill()
        if number % 3 == 2:
            shutil.rmtree(tmp_path / "snapshots")
        match.restart()
    ids = {one.id for one in sent}
    enriched = await read_enriched(broker, ids, within=240)
    assert Counter(record.key.decode() for record in enriched) == Counter(ids)
    expected: dict[str, VerdictRecord] = {}
    annotated = await read_committed_records(broker, topics.ANNOTATED, topics.SHARD_COUNT)
    for shard in range(topics.SHARD_COUNT):
        expected |= judge_without_faults([record for record in annotated if record.partition == shard])
    events = [EnrichedArticle.model_validate_json(record.value) for record in enriched]
    assert {event.id: event.duplicate for event in events} == {one: expected[one].duplicate for one in ids}
    assert Counter(event.duplicate.verdict for event in events)["original"] < len(ids)


async def test_restart_after_stop_uses_the_snapshot(broker: str, match: StageProcess) -> None:
    """After SIGTERM, a restart reads no record of the log and still knows all earlier articles."""
    first = build_many(range(900, 930), seed=2, languages=("de",))
    await send(broker, first)
    await read_enriched(broker, {one.id for one in first}, within=240)
    assert match.stop() == 0
    match.restart()
    near, again = vary(2, seed=5), first[3]
    await send(broker, [again, near], partition=DECLARED_SHARDS.find("de"))
    [repeated] = await asyncio.to_thread(match.wait_for, "article_repeated")
    assert repeated["id"] == again.id
    [opened] = [one for one in match.events("lane_opened") if one["partition"] == DECLARED_SHARDS.find("de")]
    [read] = [one for one in match.events("snapshot_read") if one["partition"] == DECLARED_SHARDS.find("de")]
    assert opened["restored"] == 0
    assert read["offset"] > 0
    status, metrics = match.fetch("/metrics")
    assert status == 200
    assert 'copydesk_snapshots_total{outcome="read",stage="match"}' in metrics


async def test_damaged_snapshot_costs_only_time(broker: str, match: StageProcess, tmp_path: Path) -> None:
    """If one byte of a snapshot is wrong, match reads the whole log and still knows all earlier articles."""
    first = build_many(range(950, 960), seed=3, languages=("fr",))
    await send(broker, first)
    await read_enriched(broker, {one.id for one in first}, within=240)
    assert match.stop() == 0
    shard = DECLARED_SHARDS.find("fr")
    for file in (tmp_path / "snapshots").glob(f"*-{shard}/*/known.npy"):
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
    match.restart()
    await send(broker, [first[0]])
    [repeated] = await asyncio.to_thread(match.wait_for, "article_repeated")
    assert repeated["id"] == first[0].id
    [refused] = match.events("snapshot_refused")
    assert "the checksum of the file known.npy differs" in refused["why"]
    [opened] = [one for one in match.events("lane_opened") if one["partition"] == shard]
    assert opened["restored"] == len(first)
    assert match.process.poll() is None
    assert match.stop() == 0
    assert signal.SIGTERM.name in match.tail()
