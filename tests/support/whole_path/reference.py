"""The expected output, computed by a plain loop without Kafka, lanes, faust and faults.

annotate processes each article alone, so its output is a function of the raw record. A verdict is a function of the
earlier articles of its shard. It is computed over the annotated topic in its order, which match promises to keep. So
both are what a run without faults gives for the same input.
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
from services.contracts.state.shard_map import DECLARED_SHARDS
from services.enrichment.matching.index import MatchIndex
from services.enrichment.options import EnrichmentOptions
from services.enrichment.stories.index import StoryIndex
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
"""Number of raw records above which several processes load the models."""

Place = tuple[int, int]
"""Partition and offset."""


class Expected(NamedTuple):
    """Expected result of annotate for one raw record: an article, or the reason of its dead letter."""

    article_id: str | None
    value_digest: bytes
    reason: str


def annotate_all(records: Iterable[tuple[bytes | None, tuple[tuple[str, bytes | None], ...], int]]) -> list[Expected]:
    """Compute annotate's results for raw records, given as value, headers and timestamp."""
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
    """A stage of lanes without lanes: the same processor, record after record."""

    processors: dict[int, PartitionProcessor] = field(default_factory=dict)
    outputs: dict[tuple[str, bytes], list[bytes]] = field(default_factory=dict)
    """Digests of the expected records by topic and key; each must be there once."""
    dead: dict[Place, str] = field(default_factory=dict)
    """Reasons of the expected dead letters by place."""
    outcomes: dict[Outcome, int] = field(default_factory=dict)

    def process(self, processor: PartitionProcessor, record: ConsumerRecord) -> tuple[OutputRecord, ...]:
        """Process the next record of a partition and return its expected output."""
        try:
            handled = processor.process(record)
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
    """A plain match over the annotated topic."""

    def __init__(self) -> None:
        super().__init__()
        self._metrics = MatchMetrics()

    def read(self, record: ConsumerRecord) -> None:
        """Process the next annotated record; the records of a partition come in log order."""
        if record.partition not in self.processors:
            shard = record.partition
            stories = StoryIndex(has_language=lambda code: DECLARED_SHARDS.find(code) == shard)
            self.processors[shard] = MatchProcessor(
                shard, MatchIndex(), self._metrics, stories=stories, has_mentions=True
            )
        self.process(self.processors[record.partition], record)


class PlainSink(Plain):
    """A plain sink over the enriched topic."""

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._processor = SinkProcessor(lambda: rules, SinkMetrics())
        self.order: dict[tuple[str, int], list[bytes]] = {}
        """Keys in their expected order, by routed topic and enriched partition."""

    def read(self, record: ConsumerRecord) -> None:
        """Process the next enriched record."""
        for output in self.process(self._processor, record):
            self.order.setdefault((output.topic, record.partition), []).append(output.key or b"")


def route_names(rules: Rules) -> Iterator[str]:
    """Yield the topics that the rules can send to."""
    return (topics.routed_topic(name) for name in rules.names)
