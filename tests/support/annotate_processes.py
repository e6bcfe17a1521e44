"""Processes of annotate with the fake pipeline, and the check that they lose nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from services.contracts import topics
from services.runtime.service.settings import name_variable
from tests.support.raw_topic import RawTopic, find_id
from tests.support.stage_processes import StageProcess, run_stage_process

DEAD_LETTERS = topics.dead_letter_topic(topics.RAW)
"""Dead-letter topic of annotate."""


@contextmanager
def running(
    raw: RawTopic, folder: Path, *, seconds: str = "0", environ: Mapping[str, str] | None = None, **annotate: object
) -> Iterator[StageProcess]:
    """Run annotate with the fake pipeline; `annotate` has further settings of its section, `environ` of others."""
    own = {name_variable("annotate", name): str(value) for name, value in annotate.items()}
    environ = {**raw.environ, **own, **(environ or {})}
    with run_stage_process(
        "tests.support.annotate_stage",
        seconds,
        bootstrap_servers=raw.servers,
        log=folder / f"{uuid4().hex}.log",
        environ=environ,
    ) as stage:
        yield stage


async def check_all_annotated(raw: RawTopic, values: list[bytes], *, within: float = 60) -> int:
    """Check that each article is annotated at least once, always with the same bytes; return the number of repeats."""
    ids = {find_id(value) for value in values}
    assert len(ids) == len(values)
    by_id = await raw.read_annotated(ids, within=within)
    assert ids - by_id.keys() == set()
    assert [one for one in ids if len({record.value for record in by_id[one]}) != 1] == []
    assert await raw.read(DEAD_LETTERS) == []
    return sum(len(by_id[one]) - 1 for one in ids)
