"""Settings of match."""

from __future__ import annotations

from services.enrichment.matching.parameters import MatchParameters
from services.runtime.lanes.stage_plan import LaneSettings, SnapshotSettings
from services.runtime.service.settings import ServiceSettings


class MatchSettings(LaneSettings):
    """Matching near-duplicates."""

    group: str = "copydesk-match"
    """Consumer group, and the first part of the transactional ids: two deployments on one Kafka need two."""
    parameters: MatchParameters = MatchParameters()
    """How alike two articles must be; as JSON. A shard keeps its parameters as long as its verdict log."""
    snapshot: SnapshotSettings = SnapshotSettings()
    """Copies of the shards' indexes on the local disk."""


class MatchServiceSettings(ServiceSettings):
    """Everything that match can be told."""

    match: MatchSettings = MatchSettings()
