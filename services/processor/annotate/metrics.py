"""The metrics of annotate: the shared ones and its own."""

from __future__ import annotations

from services.outcomes import Reason, Stage
from services.runtime.service.metrics import Metrics

WORKER_LOSSES = (Reason.WORKER_DIED, Reason.TIMED_OUT)
"""Reasons for which a worker process is lost."""
HIT, MISS = "hit", "miss"
"""Whether the encoder had a sentence in its cache."""


class AnnotateMetrics(Metrics):
    """All metrics of an annotate process."""

    def __init__(self) -> None:
        super().__init__(Stage.ANNOTATE)
        self.incomplete = self.registry.counter(
            "copydesk_incomplete_total", "Parts of the enrichment that are missing from an article, by reason.",
            "part", "reason",
        )  # fmt: skip
        self.sentences = self.registry.counter(
            "copydesk_sentences_total",
            "Sentences read, by whether the encoder had their result in its cache (hit) or computed it (miss).",
            "result",
        )
        self.worker_losses = self.registry.counter(
            "copydesk_worker_losses_total", "Worker processes that died, or hung and were killed.", "reason"
        )
        self.model = self.registry.gauge(
            "copydesk_model_info", "Always 1; the labels name the weights in use.", "name", "version", "sha256"
        )
        for result in (HIT, MISS):
            self.sentences.labels(result)
        for reason in WORKER_LOSSES:
            self.worker_losses.labels(reason)
