"""The pool returns exactly one result per job, in order, even when workers are lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from services.errors import ConfigurationError
from services.outcomes import Reason
from services.processor.annotate.workers.channel import WorkerChannel, WorkerLostError
from services.processor.annotate.workers.messages import AnnotatedJob, AnnotatorFactory, FailedJob, Job, JobResult
from services.processor.annotate.workers.pool import PoolError, WorkerPool
from services.runtime.service import child_process
from services.runtime.service.spawn import spawn_module
from tests.support import fake_pipeline as fakes

pytestmark = pytest.mark.slow


def job(content: str) -> Job:
    return Job(json.dumps({"content": content, "language": "en"}).encode(), 1_700_000_000_000)


def describe(results: list[JobResult]) -> list[str]:
    """Return the body or the reason of each result, in order."""
    return [
        str(json.loads(result.value)["article"]["body"])
        if isinstance(result, AnnotatedJob)
        else result.failure.reason.value
        for result in results
    ]


@asynccontextmanager
async def running(
    factory: AnnotatorFactory | None = None,
    *,
    workers: int = 1,
    article_deadline: float = 1.0,
    max_losses: int = 6,
    spares: int = 0,
    memory_bytes: int | None = None,
    on_lost: Callable[[Reason], None] = lambda _: None,
) -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(
        factory or fakes.fake_factory(),
        workers=workers,
        start_deadline=60,
        article_deadline=article_deadline,
        max_losses=max_losses,
        spares=spares,
        memory_bytes=memory_bytes,
        on_lost=on_lost,
    )
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


@pytest.mark.parametrize("workers", [1, 3])
async def test_order(workers: int) -> None:
    """Results have the order of the jobs, however many workers share them."""
    async with running(workers=workers) as pool:
        for count in (0, 1, 2, 7):
            contents = [f"article {number}" for number in range(count)]
            assert describe(await pool.annotate([job(content) for content in contents])) == contents


@pytest.mark.parametrize(
    ("poison", "reason"),
    [
        (fakes.KILL, Reason.WORKER_DIED),
        (fakes.EXHAUST, Reason.WORKER_DIED),
        (fakes.HANG, Reason.TIMED_OUT),
        (fakes.RAISE, Reason.UNEXPECTED),
        (fakes.RAISE_LATE, Reason.UNEXPECTED),
        (fakes.REFUSE, Reason.ENRICHER_FAILED),
    ],
)
@pytest.mark.parametrize("position", [0, 2])
async def test_poison_fails_alone(poison: str, reason: Reason, position: int) -> None:
    """A poisonous article fails alone, with its reason; the other articles of its batch succeed, in order."""
    contents = [f"article {number}" for number in range(3)]
    contents[position] = poison
    expected = [*contents]
    expected[position] = reason.value
    async with running() as pool:
        assert describe(await pool.annotate([job(content) for content in contents])) == expected
        assert describe(await pool.annotate([job("after")])) == ["after"]


@pytest.mark.parametrize(("poison", "reason"), [(fakes.KILL, Reason.WORKER_DIED), (fakes.HANG, Reason.TIMED_OUT)])
async def test_losses_are_reported(poison: str, reason: Reason) -> None:
    """Each lost worker is reported with the reason: the first one, and its replacement on the same article."""
    lost: list[Reason] = []
    async with running(on_lost=lost.append) as pool:
        await pool.annotate([job(poison)])
    assert lost == [reason, reason]


async def test_several_poisons() -> None:
    """Two poisonous articles in one batch are both found, and the articles between them succeed."""
    contents = ["a", fakes.KILL, "b", "c", fakes.KILL, "d"]
    async with running(workers=2) as pool:
        assert describe(await pool.annotate([job(content) for content in contents])) == [
            "a", "worker_died", "b", "c", "worker_died", "d",
        ]  # fmt: skip


async def test_a_worker_killed_from_outside_costs_no_article() -> None:
    """A worker that is killed from outside during a batch costs no article its result."""
    async with running(fakes.fake_factory(0.05)) as pool:
        pid = pool.pids[0]
        work = asyncio.create_task(pool.annotate([job(f"article {number}") for number in range(8)]))
        await asyncio.sleep(0.15)
        os.kill(pid, signal.SIGKILL)
        assert describe(await work) == [f"article {number}" for number in range(8)]


async def test_bad_bytes() -> None:
    """Bytes that are no article fail with the decoder's reason."""
    async with running() as pool:
        (result,) = await pool.annotate([Job(b"\xff", 0)])
        assert isinstance(result, FailedJob)
        assert (result.failure.reason, result.failure.exception) == (Reason.NOT_UTF8, "PermanentError")


async def test_same_bytes() -> None:
    """The same job gives the same bytes under the same id in every worker and after every restart."""
    async with running(workers=2) as pool:
        first = await pool.annotate([job("same"), job("same")])
        await pool.annotate([job(fakes.KILL)])
        again = await pool.annotate([job("same"), job("same")])
    assert (
        len({(result.article_id, result.value) for result in [*first, *again] if isinstance(result, AnnotatedJob)}) == 1
    )


async def test_too_many_losses() -> None:
    """The pool fails when workers are lost one after the other, and does not blame the articles."""
    async with running(max_losses=3) as pool:
        with pytest.raises(PoolError, match="4 workers were lost in a row"):
            await pool.annotate([job(fakes.KILL)] * 5)


async def test_weights_missing() -> None:
    """A factory that raises ConfigurationError makes the start raise one with the same message."""
    with pytest.raises(ConfigurationError, match="no weights here"):
        async with running(fakes.fail_to_build, workers=2):
            pass


async def test_death_while_starting() -> None:
    """A worker that ends while it loads its models makes the start fail with its exit code."""
    with pytest.raises(WorkerLostError, match="exit code 3"):
        async with running(fakes.die_while_building):
            pass


@pytest.mark.parametrize("turns", range(5))
async def test_a_start_that_is_cancelled_leaves_no_process(turns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever the start of a worker is cancelled, the process that it had started has ended."""
    started: list[subprocess.Popen[bytes]] = []

    def note(module: str, descriptor: int) -> subprocess.Popen[bytes]:
        started.append(spawn_module(module, descriptor))
        return started[-1]

    monkeypatch.setattr(child_process, "spawn_module", note)
    start = asyncio.create_task(WorkerChannel.start(fakes.fake_factory(), deadline=60))
    for _ in range(turns):
        await asyncio.sleep(0)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert len(started) == min(turns, 1)
    assert all(process.returncode is not None for process in started)


async def test_no_replacement(tmp_path: Path) -> None:
    """The pool fails, and blames no article, when a lost worker cannot be replaced."""
    async with running(partial(fakes.build_once, tmp_path / "built")) as pool:
        with pytest.raises(PoolError, match="the weights are gone"):
            await pool.annotate([job("a"), job(fakes.KILL), job("b")])


async def test_cancelled() -> None:
    """A cancelled batch leaves no results that a later batch could mistake for its own."""
    async with running(fakes.fake_factory(0.05)) as pool:
        work = asyncio.create_task(pool.annotate([job(f"old {number}") for number in range(20)]))
        await asyncio.sleep(0.12)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        assert describe(await pool.annotate([job("new")])) == ["new"]


PARENT = """
import asyncio, json, sys
from services.processor.annotate.workers.pool import WorkerPool
from services.processor.annotate.workers.messages import Job
from services.runtime.service import child_process
from tests.support import fake_pipeline as fakes

async def main():
    pool = WorkerPool(fakes.fake_factory(), workers=2, start_deadline=60, article_deadline=600, max_losses=1)
    await pool.start()
    print("pids", *pool.pids, flush=True)
    jobs = [Job(json.dumps({"content": content}).encode(), 0) for content in sys.argv[1:]]
    await (pool.annotate(jobs) if jobs else asyncio.sleep(600))

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.parametrize("contents", [[], [fakes.HANG, fakes.HANG]], ids=["idle", "busy"])
def test_no_orphans(contents: list[str], tmp_path: Path) -> None:
    """Workers end when their parent is killed with SIGKILL, whether they are idle or busy."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, str(script), *contents],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with parent:
        assert parent.stdout is not None
        line = next(line for line in parent.stdout if line.startswith(b"pids"))
        pids = [int(pid) for pid in line.split()[1:]]
        parent.kill()
    assert len(pids) == 2
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


async def test_session() -> None:
    """A worker has a session of its own, which a terminal's signals do not reach."""
    async with running() as pool:
        assert os.getsid(pool.pids[0]) == pool.pids[0]


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


async def test_an_article_that_needs_too_much_memory_fails() -> None:
    """An article that needs more memory than its worker may use fails alone."""
    async with running(memory_bytes=fakes.DEVOURED_BYTES // 2) as pool:
        results = await pool.annotate([job("one"), job(fakes.DEVOUR), job("three")])
    assert describe(results) == ["one", Reason.WORKER_DIED, "three"]
    async with running(article_deadline=20) as pool:
        assert describe(await pool.annotate([job(fakes.DEVOUR)])) == [fakes.DEVOUR]


async def test_spare_workers_replace_lost_ones(tmp_path: Path) -> None:
    """Two spare workers replace both workers that a poisonous article costs, so no article waits for a start."""
    async with running(partial(fakes.build_and_note, tmp_path), spares=2, article_deadline=20) as pool:
        await wait_for(lambda: len(list(tmp_path.iterdir())) == 3 and len(pool.pids) == 3)
        ready = set(pool.pids)
        results = await pool.annotate([job("one"), job(fakes.KILL), job("three")])
        assert describe(results) == ["one", Reason.WORKER_DIED, "three"]
        assert pool.pids[0] in ready
        await wait_for(lambda: len(pool.pids) == 3)
        for pid in pool.pids[1:]:
            os.kill(pid, signal.SIGKILL)
        assert describe(await pool.annotate([job(fakes.KILL), job("after")])) == [Reason.WORKER_DIED, "after"]
        left = pool.pids
    assert not [pid for pid in left if Path(f"/proc/{pid}").exists()]


async def wait_for(condition: Callable[[], bool], within: float = 60.0) -> None:
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.02)


async def test_a_starved_worker_does_not_hang() -> None:
    """A worker that gets little processor time may exceed its deadline; one that spins or sleeps may not."""
    async with running(article_deadline=0.5) as pool:
        starved = asyncio.create_task(pool.annotate([job(fakes.STARVE)]))
        results = await starved
    assert describe(results) == [fakes.STARVE]
    for hang in (fakes.SPIN, fakes.HANG):
        async with running(article_deadline=0.5) as pool:
            assert describe(await pool.annotate([job(hang)])) == [Reason.TIMED_OUT]


async def test_each_result_is_progress() -> None:
    """A batch in which several articles fail reports progress each time results arrive."""
    progress: list[int] = []
    async with running() as pool:
        await pool.annotate([job("one"), job(fakes.KILL), job(fakes.KILL), job("two")], lambda: progress.append(1))
    assert len(progress) >= 3
