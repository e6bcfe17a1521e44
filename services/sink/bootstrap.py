"""The composition root of sink."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping

from services.contracts import topics
from services.contracts.topics import DEFAULT_LAYOUT, TopicLayout
from services.outcomes import Stage
from services.runtime.kafka.topics import create_topics, find_topics
from services.runtime.lanes.run_lanes import run_stage
from services.runtime.lanes.stage_plan import StagePlan
from services.runtime.service.lifecycle import Stopping, cancel
from services.runtime.service.settings import KafkaSettings
from services.runtime.service.start import Main, start_service
from services.sink.metrics import SinkMetrics
from services.sink.reload import ReloadedRules
from services.sink.router import SinkProcessor
from services.sink.rules import EXAMPLE_RULES, Rules
from services.sink.settings import SinkServiceSettings
from services.sink.topics import list_route_topics, list_topics


def build_plan(rules: ReloadedRules, metrics: SinkMetrics, layout: TopicLayout = DEFAULT_LAYOUT) -> StagePlan:
    """Build the plan: read the enriched topic and write the topics of the routes."""

    async def add_existing(kafka: KafkaSettings) -> None:
        """Find the topics of earlier routes, because a retraction follows its article to them."""
        rules.add_topics(await find_topics(kafka, layout.is_routed))

    return StagePlan(
        stage=Stage.SINK,
        topic=layout.name(topics.ENRICHED),
        list_outputs=rules.list_topics,
        checkpoint_topic=layout.name(topics.SINK_CHECKPOINTS),
        input_is_transactional=True,
        check=add_existing,
        build_processor=lambda _: SinkProcessor(rules.get, metrics, layout, rules.list_topics),
    )


def main(environ: Mapping[str, str]) -> int:
    """Run sink until it is asked to stop; return the exit code."""
    return start_service(SinkServiceSettings, environ, Stage.SINK, build)


def build(settings: SinkServiceSettings) -> Main:
    """Build the service's main function. Raises ConfigurationError for invalid rules."""
    metrics, layout = SinkMetrics(), settings.topics.layout

    async def prepare_topics(new: Rules) -> None:
        await create_topics(settings.kafka, list_route_topics(new, layout))

    rules = ReloadedRules(
        settings.sink.rules or EXAMPLE_RULES,
        metrics,
        prepare_topics,
        interval=settings.sink.rules_interval,
        layout=layout,
    )
    plan = build_plan(rules, metrics, layout)

    async def run(stopping: Stopping) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, rules.request)
        watching = asyncio.create_task(rules.watch(), name="rules")
        try:
            declared = list_topics(rules.current, layout)
            await run_stage(plan, settings, settings.sink, declared, metrics, stopping)
        finally:
            await cancel(watching)

    return run
