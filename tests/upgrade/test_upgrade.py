"""The last release and this one on one real Kafka: mixed, upgraded and rolled back, without a loss."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord

from services import __version__
from services.contracts import topics
from services.contracts.event import EnrichedArticle
from services.contracts.headers import REVISION_HEADER, find_header
from services.contracts.raw import RawArticle
from services.runtime.service.settings import name_variable
from tests.support.builders import build_article
from tests.support.kafka_records import read_committed_records, read_records
from tests.support.raw_topic import RawTopic, find_id
from tests.support.repository import ROOT
from tests.support.stage_processes import StageProcess, run_stage_process

pytestmark = [pytest.mark.upgrade, pytest.mark.kafka, pytest.mark.timeout(900)]

STEP = 40
"""Number of new articles in each step."""
AGAIN = 5
"""Number of known articles that are sent again in each step."""
RELEASE = re.compile(r"^## (\d+\.\d+\.\d+) \([0-9-]+, commit ([0-9a-f]{7,40})\)$", re.MULTILINE)
"""Heading of a release in the changelog."""

Start = Callable[[str], StageProcess]
"""Function that starts a stage of one release, and returns its process when it is ready."""


@pytest.fixture(scope="module")
def last_release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Check out the last release that the changelog names, other than this one, and install its packages."""
    releases = RELEASE.findall((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    commit = next(commit for version, commit in releases if version != __version__)
    if subprocess.run(["git", "cat-file", "-e", commit], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip(f"needs the commit {commit} of the last release: git fetch --unshallow")
    folder = tmp_path_factory.mktemp("release") / "checkout"
    subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(folder), commit], cwd=ROOT, check=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder / ".venv")], check=True)
        install = ("-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", "requirements.lock")
        subprocess.run([find_python(folder), *install], cwd=folder, check=True)
        yield folder
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(folder)], cwd=ROOT, check=True)


def find_python(folder: Path) -> str:
    """Return the interpreter of the environment in a folder."""
    return str(folder / ".venv" / "bin" / "python")


@pytest.fixture
def starters(kafka: str, last_release: Path, tmp_path: Path) -> Iterator[tuple[Start, Start]]:
    """Return functions that start a stage of the last release and of this one."""
    with ExitStack() as stack:

        def build_starter(name: str, folder: Path, python: str) -> Start:
            # Without the safe path, Python would import the services of the working folder.
            environ = {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(folder)}
            environ[name_variable("annotate", "enrichment", "profile")] = "fast"

            def start(stage: str) -> StageProcess:
                log = tmp_path / f"{name}-{stage}-{len(list(tmp_path.iterdir()))}.log"
                process = stack.enter_context(
                    run_stage_process(
                        "services.processor",
                        stage,
                        bootstrap_servers=kafka,
                        log=log,
                        environ=environ,
                        python=python,
                    )
                )
                process.wait_ready(180)
                return process

            return start

        last = build_starter("last", last_release, find_python(last_release))
        yield last, build_starter("this", ROOT, sys.executable)


class Articles:
    """The articles of the test: new ones, and known ones that are sent again."""

    def __init__(self, kafka: str) -> None:
        self.servers = kafka
        self.values: list[bytes] = []

    async def send(self) -> None:
        """Send new articles and some known ones, and wait until each new one is enriched."""
        raw, known = RawTopic(self.servers), self.values[:AGAIN]
        await raw.begin()
        numbers = range(len(self.values), len(self.values) + STEP)
        new = [RawArticle.model_validate(build_article(number, 3, 4)).to_bytes() for number in numbers]
        self.values += new
        await raw.send(new + known)
        await self.wait_for(new)
        if known:
            # They arrive after the new ones, in the same partitions.
            await raw.read_annotated(map(find_id, known), within=120)

    async def wait_for(self, values: list[bytes]) -> None:
        """Wait until the articles are on the enriched topic."""
        wanted = {find_id(value).encode() for value in values}

        def is_done(records: object) -> bool:
            return wanted <= {record.key for record in records}  # type: ignore[attr-defined]

        await read_records(self.servers, topics.ENRICHED, topics.PARTITIONS, is_done, within=180)


async def test_releases_may_be_mixed_and_rolled_back(kafka: str, starters: tuple[Start, Start]) -> None:
    """Every article is enriched once, whichever release annotates and matches it; a revision replaces the event."""
    start_last, start_this = starters
    articles = Articles(kafka)
    old = {stage: await asyncio.to_thread(start_last, stage) for stage in ("annotate", "match")}
    await articles.send()

    # Upgrade: match first, then annotate beside the last release's, which is stopped after that.
    assert await asyncio.to_thread(old["match"].stop) == 0
    new = {"match": await asyncio.to_thread(start_this, "match")}
    await articles.send()
    new["annotate"] = await asyncio.to_thread(start_this, "annotate")
    await articles.send()
    assert await asyncio.to_thread(old["annotate"].stop) == 0
    await articles.send()

    # Back: annotate first, then match.
    old["annotate"] = await asyncio.to_thread(start_last, "annotate")
    assert await asyncio.to_thread(new["annotate"].stop) == 0
    await articles.send()
    assert await asyncio.to_thread(new["match"].stop) == 0
    await asyncio.to_thread(start_last, "match")
    await articles.send()

    enriched = await read_committed_records(kafka, topics.ENRICHED, topics.PARTITIONS)
    check(articles, enriched)
    for topic in (topics.RAW, topics.ANNOTATED):
        assert await read_committed_records(kafka, topics.dead_letter_topic(topic)) == []


def check(articles: Articles, enriched: list[ConsumerRecord]) -> None:
    """Check that each article has one first event, and that only known ones have revisions."""
    ids = {find_id(value).encode() for value in articles.values}
    later = [record for record in enriched if find_header(record.headers, REVISION_HEADER) is not None]
    first = Counter(record.key for record in enriched if record not in later)
    assert first == Counter(ids)
    again = {find_id(value).encode() for value in articles.values[:AGAIN]}
    assert {record.key for record in later} == again
    for record in enriched:
        assert EnrichedArticle.model_validate_json(record.value).id.encode() == record.key
