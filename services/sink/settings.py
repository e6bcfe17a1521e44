"""Settings of sink."""

from __future__ import annotations

from pathlib import Path

from services.runtime.settings import ServiceSettings
from services.runtime.work import LaneSettings


class SinkSection(LaneSettings):
    """Routing enriched events."""

    group: str = "copydesk-sink"
    """Consumer group, and the first part of the transactional ids: two deployments on one Kafka need two."""
    rules: Path
    """The YAML file with the routing rules; services/sink/routes.example.yaml is one to start from."""


class SinkSettings(ServiceSettings):
    """Everything that sink can be told."""

    sink: SinkSection
