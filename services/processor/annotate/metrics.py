"""The metrics of annotate: the shared ones and its own."""

from __future__ import annotations

from services.outcomes import Reason, Stage
from services.runtime.service.metrics import Metrics
from services.runtime.service.process_usage import CpuTotal

WORKER_LOSSES = (Reason.WORKER_DIED, Reason.TIMED_OUT)
"""Values of the label `reason` for a lost worker process: it died, or it hung and was killed."""
HIT, MISS = "hit", "miss"
"""Values of the label `result`: the encoder had the sentence in its cache, or computed it."""


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

    def count_workers_cpu(self, total: CpuTotal) -> None:
        """Count the CPU time of the workers from now on; it is read before each scrape."""
        counted = 0.0

        def update() -> None:
            nonlocal counted
            seconds = total.read_seconds()
            self.workers_cpu.inc(max(0.0, seconds - counted))
            counted = seconds

        self.registry.before_collection(update)
