"""match, put together."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from services.contracts import topics
from services.enrichment.matching.index import MatchIndex
from services.errors import ConfigurationError
from services.outcomes import Stage
from services.processor.match.settings import MatchServiceSettings
from services.processor.match.tally import Tally
from services.processor.match.work import MatchWork
from services.runtime.lifecycle import EXIT_CONFIGURATION, run_service
from services.runtime.logs import configure_logging
from services.runtime.metrics import Metrics
from services.runtime.settings import load_settings
from services.runtime.stage import run_stage
from services.runtime.work import Plan


def build_plan(settings: MatchServiceSettings, metrics: Metrics) -> Plan:
    """From the annotated topic, whose partitions are the shards, with the verdict log beside it."""
    tally = Tally(metrics)
    return Plan(
        stage=Stage.MATCH,
        topic=topics.ANNOTATED,
        # annotate's producer is idempotent and not transactional: its offsets have no holes.
        input_is_transactional=False,
        open_work=lambda shard: MatchWork(shard, MatchIndex(settings.match.parameters), tally),
        state_topic=topics.VERDICTS,
    )


def main(environ: Mapping[str, str]) -> int:
    """Run match until it is asked to stop; returns the exit code."""
    try:
        settings = load_settings(MatchServiceSettings, environ)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return EXIT_CONFIGURATION
    configure_logging(settings.telemetry, Stage.MATCH)
    metrics = Metrics(Stage.MATCH)
    plan = build_plan(settings, metrics)
    return run_service(
        lambda stopping: run_stage(plan, settings, settings.match, topics.DECLARED, metrics, stopping),
        shutdown_deadline=settings.lifecycle.shutdown_deadline,
    )
