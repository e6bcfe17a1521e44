"""Settings of match."""

from __future__ import annotations

from services.enrichment.matching.parameters import MatchParameters
from services.runtime.lanes.stage_plan import LaneSettings, SnapshotSettings
from services.runtime.service.settings import ServiceSettings


class MatchSettings(LaneSettings):
    """Settings of matching near-duplicates."""

    group: str = "copydesk-match"
    """Consumer group, and the first part of the transactional ids. Each deployment on one Kafka needs its own."""
    parameters: MatchParameters = MatchParameters()
    """Parameters that decide which articles are duplicates, as JSON. Keep them as long as the verdict log."""
    snapshot: SnapshotSettings = SnapshotSettings()
    """Snapshots of the shards' indexes on the local disk."""


class MatchServiceSettings(ServiceSettings):
    """All settings of the match service."""

    match: MatchSettings = MatchSettings()
