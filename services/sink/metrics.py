"""The metrics of sink: the shared ones and its own."""

from __future__ import annotations

from services.outcomes import Stage
from services.runtime.service.metrics import Metrics


class SinkMetrics(Metrics):
    """All metrics of a sink process."""

    def __init__(self) -> None:
        super().__init__(Stage.SINK)
        self.routed = self.registry.counter("copydesk_routed_total", "Events written to a routed topic.", "topic")
