"""`copydesk replay`: prime match's state, write the chosen records, and let the services work on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence, Set
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from services.cli.console.eta import EtaLines
from services.cli.replay.copying import BATCH_RECORDS, BATCH_SECONDS, Admit, Copier
from services.cli.replay.pacing import Pace, open_live_pace
from services.cli.replay.request import ReplayOptions, ReplayReport, ReplayRequest, check_request
from services.cli.replay.sources import ArchiveSource, KafkaSource, RawSource, Span, start_at
from services.cli.replay.stages import (
    LIVE_PATIENCE,
    POLL_SECONDS,
    Backlog,
    ReplayedStage,
    RunningStages,
    list_stages,
    run_stages,
)
from services.cli.replay.writer import ReplayWriter, open_writer
from services.contracts.state.replay_state import ReplayState
from services.contracts.topics import (
    ANNOTATED,
    ENRICHED,
    RAW,
    REMEMBERED_MS,
    VERDICTS,
    dead_letter_topic,
    declare_topics,
)
from services.enrichment.matching import MatchParameters
from services.errors import ConfigurationError
from services.runtime.kafka.records import ConsumedRecord, OutputRecord
from services.runtime.kafka.retractions import leave_out_retracted, read_retracted_ids
from services.runtime.kafka.scanning import scan_topics
from services.runtime.kafka.topics import create_topics, find_topics
from services.runtime.kafka.transactions import wait_for_transactions
from services.runtime.service.settings import KafkaSettings, TopicsSettings

MAX_AHEAD = 2_000
"""Number of records that may wait for the replay's own annotate. More would only be disk space."""
MAX_LIVE_BATCH = 32
"""Maximum number of records in one transaction of a replay in place: a new article may wait for one batch."""


class Replay:
    """One replay, from its start or from where an earlier call ended."""

    def __init__(
        self,
        environ: Mapping[str, str],
        kafka: KafkaSettings,
        topics: TopicsSettings,
        parameters: MatchParameters,
        request: ReplayRequest,
        options: ReplayOptions,
    ) -> None:
        """Prepare the replay. Raises ConfigurationError if the request cannot be carried out as it is meant."""
        self._environ = environ
        self._kafka = kafka
        self._topics = topics
        self._parameters = parameters
        self._request = request
        self._options = options
        self._layout = topics.layout
        self._target = request.choose_target(self._layout)
        self._result = ReplayReport(request.name, enriched_topic=self._target.name(ENRICHED))
        self._retracted: Set[str] = frozenset()
        """Ids of retracted articles, which are left out."""
        check_request(request, self._layout, datetime.now(UTC), REMEMBERED_MS)
        self._source: RawSource = (
            ArchiveSource(request.archive, request.sources, self._report_damage)
            if request.archive is not None
            else KafkaSource(kafka, self._layout.name(RAW))
        )

    async def run(self) -> ReplayReport:
        """Carry the replay out.

        Raises CopydeskError if Kafka does not answer, a service ends or another call has the same name: a later call
        continues.
        """
        await create_topics(self._kafka, declare_topics(self._target))
        self._retracted = await read_retracted_ids(self._kafka, self._layout)
        async with open_writer(self._kafka, self._layout, self._request.name) as writer:
            state = await self._begin(writer)
            if not (self._request.in_place or self._request.is_cold) and state.primed is None:
                state = await self._prime(writer, state)
            async with self._run_stages() as (stages, running):
                state = await self._copy(writer, state, stages[0])
                if running is not None:
                    await self._await_end(writer, stages, running, state)
        self._result.read, self._result.written, self._result.primed = state.read, state.written, state.primed
        if not self._request.in_place:
            self._result.events = await self._count(ENRICHED)
            self._result.dead_letters = await self._count(dead_letter_topic(RAW), dead_letter_topic(ANNOTATED))
        return self._result

    def _has(self, record: ConsumedRecord) -> bool:
        """Return whether a record is to be replayed: it is chosen, and its article is not retracted."""
        return self._request.has(record) and bool(leave_out_retracted([record], self._retracted))

    async def _begin(self, writer: ReplayWriter) -> ReplayState:
        """Return the state to continue from. A new replay notes where the raw topic ends now."""
        request = self._request.encode()
        state = await writer.read_state(self._request.name)
        if state is None:
            spans = await self._source.find_spans(self._request.since_ms)
            ends = {span.partition: span.end for span in spans if span.end is not None}
            state = ReplayState(name=self._request.name, request=request, started_at=datetime.now(UTC), ends=ends)
            await writer.write([], state)
            return state
        if state.request != request:
            raise ConfigurationError(
                f"the replay {state.name} was started with other options ({state.request}); give the same ones to "
                "continue it, or another --name"
            )
        self._options.report(f"continuing the replay {state.name}: {state.written:,} records are written")
        return state

    async def _prime(self, writer: ReplayWriter, state: ReplayState) -> ReplayState:
        from services.cli.replay.priming import Primer

        since_ms = self._request.since_ms
        primer = Primer(writer, self._target, self._topics.shard_map, self._parameters)
        verdicts = self._layout.name(VERDICTS)
        if self._has_verdicts(state) and await find_topics(self._kafka, verdicts.__eq__):
            lines = EtaLines("priming match", None, self._options.report)
            return await primer.copy(self._kafka, verdicts, state, until_ms=since_ms, report=lines.update)
        self._options.report(
            "the verdict log does not reach back far enough: the articles before --since are judged again, and their "
            "stories are not known"
        )
        begin_ms = max(0, since_ms - self._parameters.window_ms)
        earlier = await self._source.find_spans(begin_ms)
        starts = {span.partition: span.start for span in await self._source.find_spans(since_ms)}
        is_log = self._request.archive is None
        window = [Span(one.partition, one.start, starts[one.partition] if is_log else None) for one in earlier]
        lines = EtaLines("priming match", _measure(window), self._options.report)
        return await primer.judge(
            self._kafka,
            self._source.read(window, begin_ms, since_ms),
            state,
            since_ms=begin_ms,
            until_ms=since_ms,
            has=lambda record: bool(leave_out_retracted([record], self._retracted)),
            report=lines.update,
        )

    def _has_verdicts(self, state: ReplayState) -> bool:
        """Return whether the verdict log still had all verdicts of the window when the replay started."""
        retention_ms = self._layout.verdict_retention_ms
        reach_ms = int(state.started_at.timestamp() * 1_000) - retention_ms if retention_ms >= 0 else 0
        return self._request.since_ms - self._parameters.window_ms >= reach_ms

    @asynccontextmanager
    async def _run_stages(self) -> AsyncIterator[tuple[list[ReplayedStage], RunningStages | None]]:
        stages = list_stages(self._environ, self._target, has_sink=self._options.has_sink)
        if self._request.in_place:
            yield stages, None
            return
        servers = self._kafka.bootstrap_servers
        async with run_stages(
            stages, self._environ, servers, self._target, log=self._options.log, niceness=self._options.niceness
        ) as running:
            yield stages, running

    async def _copy(self, writer: ReplayWriter, state: ReplayState, annotate: ReplayedStage) -> ReplayState:
        if state.is_written:
            return state
        found = await self._source.find_spans(self._request.since_ms)
        spans = start_at(
            [Span(one.partition, one.start, state.ends.get(one.partition)) for one in found], state.positions
        )
        left = _measure(spans)
        lines = EtaLines("replaying", None if left is None else state.read + left, self._options.report)
        lines.update(state.read)
        async with self._open_pace(annotate) as (admit, choose_batch):
            copier = Copier(
                self._has,
                writer,
                self._target,
                pace=Pace(self._options.rate),
                choose_batch=choose_batch,
                admit=admit,
                report=lambda after: lines.update(after.read, note=f"{after.written:,} written"),
            )
            records = self._source.read(spans, self._request.since_ms, self._request.until_ms)
            return await copier.copy(records, state)

    @asynccontextmanager
    async def _open_pace(self, annotate: ReplayedStage) -> AsyncIterator[tuple[Admit, Callable[[], int]]]:
        """Open the pace that annotate sets, and the choice of the size of a batch. In place, live articles go first."""
        largest = self._find_largest_batch()
        if self._request.in_place:
            backlog = Backlog(self._kafka, annotate, report=self._options.report, patience=LIVE_PATIENCE)
            async with open_live_pace(self._kafka, self._target, backlog.count, largest=largest) as pace:
                yield pace.admit, lambda: pace.batch
            return
        backlog = Backlog(self._kafka, annotate, report=self._options.report)

        async def admit(outputs: Sequence[OutputRecord]) -> None:
            await backlog.admit(len(outputs), limit=MAX_AHEAD)

        yield admit, lambda: largest

    def _find_largest_batch(self) -> int:
        """Return the maximum number of records in a transaction.

        With a given rate, it is small enough for the records to arrive evenly. In place, it is small because a new
        article waits for the records before it.
        """
        batch = MAX_LIVE_BATCH if self._request.in_place else BATCH_RECORDS
        rate = self._options.rate
        return batch if rate is None else max(1, min(batch, round(rate * BATCH_SECONDS)))

    async def _await_end(
        self, writer: ReplayWriter, stages: list[ReplayedStage], running: RunningStages, state: ReplayState
    ) -> None:
        """Wait until every stage has worked on all records.

        The state is written at each poll, so that this call fails as soon as a later call continues the replay.
        """
        for stage in stages:
            await wait_for_transactions(self._kafka, {stage.topic: stage.partitions})
            backlog = Backlog(self._kafka, stage, report=self._options.report)
            lines = EtaLines(stage.name, state.written, self._options.report)
            while waiting := await backlog.count():
                running.check()
                await writer.write([], state)
                lines.update(max(0, state.written - waiting))
                await asyncio.sleep(POLL_SECONDS)

    async def _count(self, *names: str) -> int:
        """Return the number of committed records on topics of the replay."""
        found = await find_topics(self._kafka, {self._target.name(name) for name in names}.__contains__)
        await wait_for_transactions(self._kafka, found)
        scanned = scan_topics(self._kafka, found, client_id="copydesk-replay-count")
        return sum([len(records) async for records in scanned])

    def _report_damage(self, line: str) -> None:
        self._result.damage.append(line)
        self._options.report(line)


def _measure(spans: list[Span]) -> int | None:
    """Return the number of offsets of the spans; None if an end is not known."""
    if any(span.end is None for span in spans):
        return None
    return sum(max(0, (span.end or 0) - span.start) for span in spans)
