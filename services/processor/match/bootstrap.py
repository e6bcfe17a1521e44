"""match, put together."""

from __future__ import annotations

from collections.abc import Mapping

from services.contracts import topics
from services.contracts.shard_map import DECLARED_SHARDS
from services.enrichment.matching.index import MatchIndex
from services.outcomes import Stage
from services.processor.match.settings import MatchServiceSettings
from services.processor.match.tally import Tally
from services.processor.match.work import MatchWork
from services.runtime.metrics import Metrics
from services.runtime.shards import check_shards
from services.runtime.stage import run_stage
from services.runtime.start import Main, start_service
from services.runtime.work import Plan, StatePlan


def build_plan(settings: MatchServiceSettings, metrics: Metrics) -> Plan:
    """From the annotated topic, whose partitions are the shards, with the verdict log beside it."""
    tally = Tally(metrics)
    return Plan(
        stage=Stage.MATCH,
        topic=topics.ANNOTATED,
        outputs=(topics.VERDICTS, topics.ENRICHED),
        checkpoints=topics.MATCH_CHECKPOINTS,
        # annotate's producer is idempotent and not transactional: its offsets have no holes.
        input_is_transactional=False,
        open_work=lambda shard: MatchWork(shard, MatchIndex(settings.match.parameters), tally),
        state=StatePlan(
            topics.VERDICTS,
            identity={"parameters": settings.match.parameters.model_dump_json(), "shards": str(DECLARED_SHARDS)},
            snapshots=settings.match.snapshot,
        ),
        check=check_shards,
    )


def main(environ: Mapping[str, str]) -> int:
    """Run match until it is asked to stop; returns the exit code."""
    return start_service(MatchServiceSettings, environ, Stage.MATCH, build)


def build(settings: MatchServiceSettings) -> Main:
    """The service, put together."""
    metrics = Metrics(Stage.MATCH)
    plan = build_plan(settings, metrics)
    return lambda stopping: run_stage(plan, settings, settings.match, topics.DECLARED, metrics, stopping)
