"""Settings of sink."""

from __future__ import annotations

from pathlib import Path

from services.runtime.lanes.stage_plan import LaneSettings
from services.runtime.service.settings import ServiceSettings


class SinkSettings(LaneSettings):
    """Routing enriched events."""

    group: str = "copydesk-sink"
    """Consumer group, and the first part of the transactional ids: two deployments on one Kafka need two."""
    rules: Path | None = None
    """The YAML file with the routing rules; without one the example that comes along, sink/routes.example.yaml."""


class SinkServiceSettings(ServiceSettings):
    """Everything that sink can be told."""

    sink: SinkSettings = SinkSettings()
