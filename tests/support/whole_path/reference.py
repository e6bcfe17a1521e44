"""What must come out, worked out by a plain loop from what lies on the topics: no Kafka, no lane, no faust, no fault.

annotate works on each article alone, so that its output is a function of the raw record. A verdict is a function of
the articles before it in its shard: it is worked out over the annotated topic as it lies there, which is the order
that match promises to keep. So both are what a run without faults gives on the same input.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from typing import NamedTuple

from aiokafka import ConsumerRecord

from services.contracts import topics
from services.enrichment.matching.index import MatchIndex
from services.enrichment.options import EnrichmentOptions
from services.errors import PermanentError
from services.outcomes import Outcome
from services.processor.annotate.raw_records import check_raw_record
from services.processor.annotate.settings import AnnotateSettings
from services.processor.annotate.workers.batch import annotate_jobs
from services.processor.annotate.workers.messages import AnnotatedJob, Job
from services.processor.annotate.workers.pipeline import TimedPipeline, build_annotator
from services.processor.match.matcher import MatchProcessor
from services.processor.match.metrics import MatchMetrics
from services.runtime.kafka.records import OutputRecord
from services.runtime.lanes.ports import PartitionProcessor
from services.sink.metrics import SinkMetrics
from services.sink.router import SinkProcessor
from services.sink.rules import Rules
from tests.support.whole_path.scan import digest_parts

CHUNK = 32
ENOUGH_FOR_POOL = 2_000
"""Raw records from which on it pays to load the models in several processes."""

Place = tuple[int, int]
"""Partition and offset."""


class Expected(NamedTuple):
    """What annotate makes of one raw record: an article, or the reason why it is none."""

    article_id: str | None
    value_digest: bytes
    reason: str


def annotate_all(records: Iterable[tuple[bytes | None, tuple[tuple[str, bytes | None], ...], int]]) -> list[Expected]:
    """What annotate must make of raw records, given as value, headers and timestamp."""
    listed = list(records)
    if len(listed) < ENOUGH_FOR_POOL:
        return [_annotate(record) for record in listed]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn"), initializer=_open_annotator) as pool:
        return list(pool.map(_annotate, listed, chunksize=CHUNK))


@cache
def _open_annotator() -> TimedPipeline:
    """Load the models, once in each process."""
    return build_annotator(EnrichmentOptions())


def _annotate(record: tuple[bytes | None, tuple[tuple[str, bytes | None], ...], int]) -> Expected:
    value, headers, timestamp = record
    try:
        document = check_raw_record(value, headers, max_bytes=AnnotateSettings().max_record_bytes)
    except PermanentError as error:
        return Expected(None, b"", error.reason)
    (result,) = annotate_jobs(_open_annotator(), [Job(document, timestamp)])
    if isinstance(result, AnnotatedJob):
        return Expected(result.article_id, digest_parts(None, result.value, ()), "")
    return Expected(None, b"", result.failure.reason)


@dataclass
class Plain:
    """A stage that works in lanes, without them: record after record through the same work."""

    works: dict[int, PartitionProcessor] = field(default_factory=dict)
    outputs: dict[tuple[str, bytes], list[bytes]] = field(default_factory=dict)
    """Topic and key to the digests of the records that must be there, of which each must come once."""
    dead: dict[Place, str] = field(default_factory=dict)
    """The records that are none, with the reason."""
    outcomes: dict[Outcome, int] = field(default_factory=dict)

    def take(self, work: PartitionProcessor, record: ConsumerRecord) -> tuple[OutputRecord, ...]:
        """Work on the next record of a partition; returns what must be written for it."""
        try:
            handled = work.process(record)
        except PermanentError as error:
            self.dead[record.partition, record.offset] = error.reason
            return ()
        handled.update_state()
        self.outcomes[handled.outcome] = self.outcomes.get(handled.outcome, 0) + 1
        for output in handled.outputs:
            known = self.outputs.setdefault((output.topic, output.key or b""), [])
            known.append(digest_parts(output.key, output.value, output.headers))
        return handled.outputs


class PlainMatch(Plain):
    """match over the annotated topic."""

    def __init__(self) -> None:
        super().__init__()
        self._metrics = MatchMetrics()

    def read(self, record: ConsumerRecord) -> None:
        """Take the next annotated record in; within a partition in log order."""
        if record.partition not in self.works:
            self.works[record.partition] = MatchProcessor(record.partition, MatchIndex(), self._metrics)
        self.take(self.works[record.partition], record)


class PlainSink(Plain):
    """sink over the enriched topic."""

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._work = SinkProcessor(rules, SinkMetrics())
        self.order: dict[tuple[str, int], list[bytes]] = {}
        """Routed topic and enriched partition to the keys in the order in which they must come."""

    def read(self, record: ConsumerRecord) -> None:
        """Take the next enriched record in."""
        for output in self.take(self._work, record):
            self.order.setdefault((output.topic, record.partition), []).append(output.key or b"")


def route_names(rules: Rules) -> Iterator[str]:
    """The topics that the rules can send to."""
    return (topics.routed_topic(name) for name in rules.names)
