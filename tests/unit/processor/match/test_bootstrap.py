"""The plan of match: what a snapshot must have in common with the build that reads it."""

from __future__ import annotations

from services.enrichment.matching.memory.snapshot import VERSION
from services.processor.match.bootstrap import build_plan
from services.processor.match.metrics import MatchMetrics
from services.processor.match.settings import MatchServiceSettings
from services.runtime.service.settings import KafkaSettings


def test_a_snapshot_names_what_its_verdicts_depend_on() -> None:
    """The plan tells apart snapshots of other signatures, parameters or shards, which this build cannot use."""
    settings = MatchServiceSettings(kafka=KafkaSettings(bootstrap_servers="localhost:9092"))
    state = build_plan(settings, MatchMetrics()).state

    assert state is not None
    assert state.identity.keys() == {"parameters", "shards", "signatures", "stories", "story_profiles"}
    assert state.identity["signatures"] == str(VERSION)
