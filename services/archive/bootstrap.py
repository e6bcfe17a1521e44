"""Composition root of the archive."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from services.archive.archiver import CONSUMER, Archiver
from services.archive.manifest import ArchiveFolder, ArchiveIdentity
from services.archive.metrics import ArchiveMetrics
from services.archive.settings import ArchiveServiceSettings
from services.contracts import topics
from services.outcomes import Stage
from services.runtime.kafka.stage_process import open_stage
from services.runtime.kafka.topics import find_cluster_id
from services.runtime.service.lifecycle import Stopping
from services.runtime.service.start import Main, start_service


def main(environ: Mapping[str, str]) -> int:
    """Run the archive until it is asked to stop, and return the exit code."""
    return start_service(ArchiveServiceSettings, environ, Stage.ARCHIVE, build)


def build(settings: ArchiveServiceSettings) -> Main:
    """Build the service's main function."""
    metrics = ArchiveMetrics()
    return lambda stopping: run(settings, metrics, stopping)


async def run(settings: ArchiveServiceSettings, metrics: ArchiveMetrics, stopping: Stopping) -> None:
    """Archive until asked to stop.

    Raises as `open_stage` does, and ConfigurationError if the folder cannot be used or is the archive of another topic.
    """
    layout = settings.topics.layout
    topic = layout.name(topics.RAW)
    declared = [one for one in topics.declare_topics(layout) if one.name == topic]
    async with open_stage(Stage.ARCHIVE, settings, declared, metrics, parts=(CONSUMER,)) as running:
        cluster = await running.retrier.call("identify Kafka", lambda: find_cluster_id(settings.kafka))
        folder = ArchiveFolder(settings.archive.folder)
        await asyncio.to_thread(folder.claim, ArchiveIdentity(cluster=cluster, topic=topic))
        archiver = Archiver(settings.kafka, settings.archive, layout, metrics, running.health)
        async with running.poll_lag(
            topic, archiver.read_positions, observe=lambda _: None, changed=archiver.changed, each_partition=False
        ):
            await archiver.run(stopping)
