"""The composition root of sink."""

from __future__ import annotations

from collections.abc import Mapping

from services.contracts import topics
from services.outcomes import Stage
from services.runtime.lanes.run_lanes import run_stage
from services.runtime.lanes.stage_plan import StagePlan
from services.runtime.service.start import Main, start_service
from services.sink.metrics import SinkMetrics
from services.sink.router import SinkProcessor
from services.sink.rules import EXAMPLE_RULES, Rules, read_rules
from services.sink.settings import SinkServiceSettings
from services.sink.topics import list_topics


def build_plan(rules: Rules, metrics: SinkMetrics) -> StagePlan:
    """Build the plan: read the enriched topic and write the topics of the routes."""
    return StagePlan(
        stage=Stage.SINK,
        topic=topics.ENRICHED,
        outputs=tuple(topics.routed_topic(name) for name in rules.names),
        checkpoint_topic=topics.SINK_CHECKPOINTS,
        input_is_transactional=True,
        build_processor=lambda _: SinkProcessor(rules, metrics),
    )


def main(environ: Mapping[str, str]) -> int:
    """Run sink until it is asked to stop; return the exit code."""
    return start_service(SinkServiceSettings, environ, Stage.SINK, build)


def build(settings: SinkServiceSettings) -> Main:
    """Build the service's main function. Raises ConfigurationError for invalid rules."""
    rules = read_rules(settings.sink.rules or EXAMPLE_RULES)
    metrics = SinkMetrics()
    plan = build_plan(rules, metrics)
    return lambda stopping: run_stage(plan, settings, settings.sink, list_topics(rules), metrics, stopping)
