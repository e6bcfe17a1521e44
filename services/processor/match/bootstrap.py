"""The composition root of match."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from services.contracts import topics
from services.enrichment.matching.index import MatchIndex
from services.enrichment.matching.memory.snapshot import VERSION as INDEX_VERSION
from services.enrichment.stories.index import StoryIndex
from services.enrichment.stories.memory.snapshot import VERSION as STORY_VERSION
from services.outcomes import Stage
from services.processor.match.matcher import MatchProcessor
from services.processor.match.metrics import MatchMetrics
from services.processor.match.retractions import RetractionResolver
from services.processor.match.settings import MatchServiceSettings
from services.runtime.kafka.shard_map import check_shards
from services.runtime.lanes.run_lanes import run_stage
from services.runtime.lanes.stage_plan import StagePlan, StatePlan
from services.runtime.service.lifecycle import Stopping, cancel
from services.runtime.service.start import Main, start_service


def build_plan(settings: MatchServiceSettings, metrics: MatchMetrics) -> StagePlan:
    """Build match's plan.

    match reads the annotated topic, whose partitions are the shards. Its state is in the verdict log.
    """
    shards, layout = settings.topics.shard_map, settings.topics.layout
    verdicts = layout.name(topics.VERDICTS)
    outputs = [verdicts, layout.name(topics.ENRICHED)]
    has_stories, has_mentions = settings.match.stories == "on", settings.match.mentions == "on"
    outputs += [layout.name(topics.STORIES)] * has_stories + [layout.name(topics.MENTIONS)] * has_mentions
    return StagePlan(
        stage=Stage.MATCH,
        topic=layout.name(topics.ANNOTATED),
        list_outputs=lambda: tuple(outputs),
        checkpoint_topic=layout.name(topics.MATCH_CHECKPOINTS),
        # annotate's producer is not transactional. Gaps after a replay of dead letters are compared with the log.
        input_is_transactional=False,
        build_processor=lambda shard: MatchProcessor(
            shard,
            MatchIndex(settings.match.parameters),
            metrics,
            publishes_revisions=settings.match.revisions == "publish",
            stories=(
                StoryIndex(settings.match.story_parameters, has_language=lambda code: shards.find(code) == shard)
                if has_stories
                else None
            ),
            has_mentions=has_mentions,
            layout=layout,
        ),
        state=StatePlan(
            verdicts,
            identity={
                "parameters": settings.match.parameters.model_dump_json(),
                "shards": str(shards),
                "signatures": str(INDEX_VERSION),
                "stories": settings.match.story_parameters.model_dump_json() if has_stories else "off",
                "story_profiles": str(STORY_VERSION),
            },
            snapshots=settings.match.snapshot,
        ),
        check=partial(check_shards, declared=shards, layout=layout),
    )


def main(environ: Mapping[str, str]) -> int:
    """Run match until it is asked to stop; return the exit code."""
    return start_service(MatchServiceSettings, environ, Stage.MATCH, build)


def build(settings: MatchServiceSettings) -> Main:
    """Build the service's main function."""
    metrics = MatchMetrics()
    plan = build_plan(settings, metrics)
    layout = settings.topics.layout
    resolver = RetractionResolver(settings.kafka, layout, settings.topics.shard_map)

    async def run(stopping: Stopping) -> None:
        resolving = asyncio.create_task(resolver.run(), name="retractions")
        try:
            await run_stage(plan, settings, settings.match, topics.declare_topics(layout), metrics, stopping)
        finally:
            await cancel(resolving)

    return run
