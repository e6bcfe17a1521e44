"""The metrics of sink: the shared ones and its own."""

from __future__ import annotations

from services.outcomes import ReloadOutcome, Stage
from services.runtime.service.metrics import Metrics


class SinkMetrics(Metrics):
    """All metrics of a sink process."""

    def __init__(self) -> None:
        super().__init__(Stage.SINK)
        self.rules_reloads = self.registry.counter(
            "copydesk_rules_reloads_total", "Readings of changed routing rules, by their result.", "outcome"
        )
        for outcome in ReloadOutcome:
            self.rules_reloads.labels(outcome)
        self.rules_rejected = self.registry.gauge(
            "copydesk_rules_rejected", "1 if the rules file was rejected and earlier rules are in force, else 0."
        )
        self.routed = self.registry.counter("copydesk_routed_total", "Events written to a routed topic.", "topic")
