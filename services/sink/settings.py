"""Settings of sink."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from services.runtime.lanes.stage_plan import LaneSettings
from services.runtime.service.settings import ServiceSettings


class SinkSettings(LaneSettings):
    """Routing of enriched events."""

    group: str = "copydesk-sink"
    """Consumer group, and the first part of the transactional ids. `COPYDESK_TOPICS__PREFIX` precedes it."""
    rules: Path | None = None
    """YAML file with the routing rules. If absent, the example rules are used (services/sink/routes.example.yaml).
    It is read again when it has changed, and on SIGHUP."""
    rules_interval: float = Field(default=2.0, gt=0)
    """Seconds between two checks whether the rules file has changed. It is read when it is the same at two checks in a
    row, so that no half-written file is read."""


class SinkServiceSettings(ServiceSettings):
    """All settings of sink."""

    sink: SinkSettings = SinkSettings()
