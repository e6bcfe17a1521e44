"""The short form of `make chaos`: nothing is lost, doubled or stuck, whatever is killed."""

from __future__ import annotations

import os

import pytest

from services.embedded import EmbeddedSettings
from tests.chaos.run import Run, run
from tests.chaos.schedule import POINTS, Fault, build_schedule, count_kills
from tests.support.whole_path.setting import keep_on_failure

KILLS = 15
ARTICLES = 300
DEFAULT_SEED = 1


@pytest.mark.kafka
@pytest.mark.weights
@pytest.mark.timeout(1_800)
async def test_nothing_is_lost_or_doubled_under_faults(embedded_settings: EmbeddedSettings) -> None:
    """Each article is there once, unchanged, after kills at every point, stops, a zombie and a frozen broker."""
    seed = int(os.environ.get("CHAOS_SEED", DEFAULT_SEED))
    print(f"CHAOS_SEED={seed}")
    with keep_on_failure([], print) as folder:
        result = await run(Run(seed, ARTICLES, KILLS, short=True), folder, embedded_settings, print)
        print(result)
        assert result.violations == []
        assert {f"{stage} {point}" for stage, point in POINTS} <= result.points.keys()
        assert result.counts["articles"] >= ARTICLES


def test_a_schedule_is_a_function_of_its_seed() -> None:
    """The same seed gives the same faults, another seed gives others, and the full run has the promised numbers."""
    assert build_schedule(3, 50) == build_schedule(3, 50) != build_schedule(4, 50)
    for kills in (10, 50, 200):
        assert count_kills(build_schedule(3, kills)) >= kills
    faults = [step.fault for step in build_schedule(3, 50)]
    assert (faults.count(Fault.TERM), faults.count(Fault.ZOMBIE), faults.count(Fault.STORM)) == (30, 10, 10)
    assert sum(faults.count(name) for name in (Fault.BOUNCE, Fault.CRASH, Fault.STALL)) == 20
