"""Priming of match's state: the verdicts on the articles before the replay are written to the replay's verdict log.

match reads its state from there, as after any restart. If the original of a replayed article arrived shortly before
the replay's start, match therefore recognises the copy and continues the story. If the verdict log of the deployment
reaches back far enough, its records are copied. Otherwise the articles of the window before the replay are read and
judged again. This needs no encoder, because a verdict depends on the words, but it gives no stories, which depend on
names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

from aiokafka.structs import TopicPartition

from services.cli.replay.request import decode_raw
from services.cli.replay.writer import ReplayWriter
from services.contracts.headers import VERDICT_TYPE, build_headers, find_traceparent, is_replayed
from services.contracts.identity import derive_article_id
from services.contracts.state.replay_state import ReplayState
from services.contracts.state.shard_map import ShardMap, choose_shard
from services.contracts.state.verdict_log import VerdictRecord
from services.contracts.topics import VERDICTS, TopicLayout
from services.enrichment.matching import MatchIndex, MatchParameters, judge_and_remember
from services.enrichment.pipeline import sign_raw_article
from services.errors import PermanentError
from services.outcomes import Stage
from services.runtime.kafka.records import ConsumedRecord, OutputRecord
from services.runtime.kafka.scanning import scan_topics
from services.runtime.kafka.state_log import open_state_log
from services.runtime.service.settings import KafkaSettings

BATCH_RECORDS = 500
"""Number of verdicts in one transaction."""


class Primer:
    """Primer of the verdict log of a replay's own topics."""

    def __init__(
        self, writer: ReplayWriter, target: TopicLayout, shards: ShardMap, parameters: MatchParameters
    ) -> None:
        self._writer = writer
        self._topic = target.name(VERDICTS)
        self._shards = shards
        self._indexes: defaultdict[int, MatchIndex] = defaultdict(lambda: MatchIndex(parameters))

    async def copy(
        self, kafka: KafkaSettings, live: str, state: ReplayState, *, until_ms: int, report: Callable[[int], None]
    ) -> ReplayState:
        """Copy the verdicts on the articles that arrived before a time, and return the state after it.

        `live` is the verdict log of the deployment. Verdicts that an earlier call has written are not written again.
        """
        return await self._write(kafka, self._read_verdicts(kafka, live, until_ms), state, report)

    async def _read_verdicts(self, kafka: KafkaSettings, live: str, until_ms: int) -> AsyncIterator[OutputRecord]:
        """Yield a copy of each verdict on an article that arrived before a time."""
        for number in range(self._shards.count):
            async with open_state_log(kafka, TopicPartition(live, number)) as log:
                async for records in log.stream(log.begin):
                    for record in records:
                        if _is_earlier(record, until_ms):
                            yield OutputRecord(self._topic, record.key, record.value, record.headers, number)

    async def judge(
        self,
        kafka: KafkaSettings,
        records: AsyncIterator[ConsumedRecord],
        state: ReplayState,
        *,
        since_ms: int,
        until_ms: int,
        has: Callable[[ConsumedRecord], bool],
        report: Callable[[int], None],
    ) -> ReplayState:
        """Judge the articles that arrived in a time again, write the verdicts, and return the state after it.

        Verdicts that an earlier call has written, before a kill, are not written again. A record for which `has`
        is False is left out. `report` is called with the number of articles.
        """

        async def judge_each() -> AsyncIterator[OutputRecord]:
            async for record in records:
                if not since_ms <= record.timestamp < until_ms or is_replayed(record.headers):
                    continue
                output = self._judge(record) if has(record) else None
                if output is not None:
                    yield output

        return await self._write(kafka, judge_each(), state, report)

    async def _write(
        self,
        kafka: KafkaSettings,
        verdicts: AsyncIterator[OutputRecord],
        state: ReplayState,
        report: Callable[[int], None],
    ) -> ReplayState:
        """Write the verdicts that the log does not have yet, and return the state with the number of all verdicts."""
        known = await self._read_known(kafka)
        outputs: list[OutputRecord] = []
        primed = 0
        async for verdict in verdicts:
            primed += 1
            if verdict.key not in known:
                outputs.append(verdict)
            if len(outputs) >= BATCH_RECORDS:
                await self._writer.write(outputs, state)
                outputs = []
                report(primed)
        state = state.model_copy(update={"primed": primed})
        await self._writer.write(outputs, state)
        report(primed)
        return state

    def _judge(self, record: ConsumedRecord) -> OutputRecord | None:
        """Return the record for the verdict log; None for a record that is no article, and for a repeated article."""
        raw = decode_raw(record)
        if raw is None:
            return None
        arrived = datetime.fromtimestamp(record.timestamp / 1_000, UTC)
        try:
            language, signature = sign_raw_article(raw, ingested_at=arrived)
        except PermanentError:
            return None
        shard = choose_shard(language, self._shards)
        article_id = derive_article_id(raw)
        verdict: VerdictRecord | None = judge_and_remember(
            self._indexes[shard], article_id, signature, record.timestamp
        )
        if verdict is None:
            return None
        headers = build_headers(
            event_type=VERDICT_TYPE,
            article_id=article_id,
            stage=Stage.MATCH,
            time=arrived,
            traceparent=find_traceparent(record.headers),
        )
        return OutputRecord(self._topic, article_id.encode(), verdict.to_bytes(), headers, shard)

    async def _read_known(self, kafka: KafkaSettings) -> frozenset[bytes]:
        """Return the keys on the verdict log, which has at most what an interrupted call has written."""
        logs = scan_topics(kafka, {self._topic: self._shards.count}, client_id="copydesk-replay-known")
        return frozenset([record.key or b"" async for records in logs for record in records])


def _is_earlier(record: ConsumedRecord, until_ms: int) -> bool:
    """Return whether a record of the verdict log is the first verdict on an article that arrived before a time."""
    if record.value is None or record.key is None or b"#" in record.key:
        return False
    return VerdictRecord.model_validate_json(record.value).event_time_ms < until_ms
