"""Settings of sink."""

from __future__ import annotations

from pathlib import Path

from services.runtime.lanes.stage_plan import LaneSettings
from services.runtime.service.settings import ServiceSettings


class SinkSettings(LaneSettings):
    """Routing of enriched events."""

    group: str = "copydesk-sink"
    """Consumer group, and first part of the transactional ids. Two deployments on one Kafka need different groups."""
    rules: Path | None = None
    """YAML file with the routing rules. If absent, the example rules are used (services/sink/routes.example.yaml)."""


class SinkServiceSettings(ServiceSettings):
    """All settings of sink."""

    sink: SinkSettings = SinkSettings()
