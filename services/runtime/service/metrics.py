"""Every metric, in one table. Names and labels are law for dashboards; docs/metrics.md is generated from here."""

from __future__ import annotations

import platform

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from services import __version__
from services.outcomes import STAGE_OUTCOMES, Reason, Stage
from services.runtime.service.proc import find_memory_limit

STEP_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: from one signature to a page that takes all of its time limit."""
FRESHNESS_BUCKETS = (0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
"""Seconds: dense around the objective (half a second), then up to an hour's backlog."""
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)

# A second series for each counter and histogram, with its start, which no dashboard reads.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The metrics of one process, in a registry of its own."""

    def __init__(self, service: str, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.articles = Counter(
            "copydesk_articles_total", "Articles by the one outcome that each came to.", ["stage", "outcome"],
            registry=self.registry,
        )  # fmt: skip
        self.taken = Counter(
            "copydesk_taken_total",
            "Articles taken to be worked on: those in flight, plus the sum of the outcomes, plus what ingest deferred.",
            ["stage"], registry=self.registry,
        )  # fmt: skip
        self.rejections = Counter(
            "copydesk_rejections_total", "Articles refused at the edge.", ["reason"], registry=self.registry
        )
        self.dead_letters = Counter(
            "copydesk_dead_letters_total", "Records sent to a dead-letter topic.", ["stage", "reason"],
            registry=self.registry,
        )  # fmt: skip
        self.verdicts = Counter("copydesk_verdicts_total", "Duplicate verdicts.", ["verdict"], registry=self.registry)
        self.languages = Counter(
            "copydesk_languages_total", "Enriched articles by language; `other` is every one not listed by name.",
            ["language"], registry=self.registry,
        )  # fmt: skip
        self.entities = Counter(
            "copydesk_entities_total", "Entities of enriched articles by type.", ["type"], registry=self.registry
        )
        self.sentiments = Counter(
            "copydesk_sentiments_total", "Polarities in enriched articles: of the article, and toward its entities.",
            ["target", "polarity"], registry=self.registry,
        )  # fmt: skip
        self.incomplete = Counter(
            "copydesk_incomplete_total", "Parts of the enrichment that an article went on without.", ["part", "reason"],
            registry=self.registry,
        )  # fmt: skip
        self.sentences = Counter(
            "copydesk_sentences_total",
            "Sentences read, by whether the encoder remembered them (hit) or had to compute them (miss).", ["result"],
            registry=self.registry,
        )  # fmt: skip
        self.routed = Counter(
            "copydesk_routed_total", "Events written to a routed topic.", ["topic"], registry=self.registry
        )
        self.retries = Counter(
            "copydesk_retries_total", "Attempts repeated after a transient error.", ["stage"], registry=self.registry
        )
        self.step_duration = Histogram(
            "copydesk_step_duration_seconds", "Time of one step, of a batch where the stage works in batches.",
            ["stage", "step"], buckets=STEP_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.batch_size = Histogram(
            "copydesk_batch_articles", "Articles worked on together.", ["stage"], buckets=BATCH_BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self.freshness = Histogram(
            "copydesk_freshness_seconds", "From the raw topic's append to this stage's outcome.", ["stage"],
            buckets=FRESHNESS_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.in_flight = Gauge(
            "copydesk_in_flight_articles", "Articles taken and not yet at an outcome.", ["stage"],
            registry=self.registry,
        )  # fmt: skip
        self.lag_messages = Gauge(
            "copydesk_consumer_lag_messages", "Records behind the end of the topic, over the partitions held here.",
            ["stage", "topic"], registry=self.registry,
        )  # fmt: skip
        self.lag_seconds = Gauge(
            "copydesk_consumer_lag_seconds", "Age of the oldest record not yet worked on; 0 when none waits.",
            ["stage", "topic"], registry=self.registry,
        )  # fmt: skip
        self.lag_observed = Gauge(
            "copydesk_lag_observed_timestamp_seconds",
            "When the lag was last measured (Unix time); the lag gauges keep their values while it cannot be.",
            ["stage"], registry=self.registry,
        )  # fmt: skip
        self.partitions = Gauge(
            "copydesk_partitions_held_count", "Partitions of the stage's topic that are given to this process.",
            ["stage"], registry=self.registry,
        )  # fmt: skip
        self.ready = Gauge("copydesk_ready", "1 while /ready says so, else 0.", ["stage"], registry=self.registry)
        self.last_progress = Gauge(
            "copydesk_last_progress_timestamp_seconds", "When the stage last moved on (Unix time).", ["stage"],
            registry=self.registry,
        )  # fmt: skip
        self.rebalances = Counter(
            "copydesk_rebalances_total", "Changes of the partitions held here.", ["stage"], registry=self.registry
        )
        self.lanes = Gauge("copydesk_open_lanes_count", "Lanes open.", ["stage"], registry=self.registry)
        self.restore_duration = Histogram(
            "copydesk_restore_duration_seconds", "Time to open a lane: fence, offset, state.", ["stage"],
            buckets=(*STEP_BUCKETS, 30.0, 60.0, 120.0), registry=self.registry,
        )  # fmt: skip
        self.restored = Counter(
            "copydesk_restored_records_total", "State records read back while opening lanes.", ["stage"],
            registry=self.registry,
        )  # fmt: skip
        self.worker_losses = Counter(
            "copydesk_worker_losses_total", "Worker processes of annotate that died, or hung and were killed.",
            ["reason"], registry=self.registry,
        )  # fmt: skip
        self.workers_memory = Gauge(
            "copydesk_workers_memory_bytes", "Resident memory of annotate's worker processes.", registry=self.registry
        )
        self.memory_limit = Gauge(
            "copydesk_memory_limit_bytes",
            "What this process and its workers may take: the container's limit, or the machine's memory.",
            registry=self.registry,
        )  # fmt: skip
        self.restoring = Gauge(
            "copydesk_restoring_lanes_count", "Lanes whose state is being read back.", ["stage"],
            registry=self.registry,
        )  # fmt: skip
        self.restore_progress = Gauge(
            "copydesk_restore_progress_ratio",
            "Share of their state that the lanes being opened have read back; 1 when there is none.", ["stage"],
            registry=self.registry,
        )  # fmt: skip
        self.snapshots = Counter(
            "copydesk_snapshots_total", "Snapshots of state by what became of them.", ["stage", "outcome"],
            registry=self.registry,
        )  # fmt: skip
        self.snapshot_duration = Histogram(
            "copydesk_snapshot_duration_seconds", "Time to write a snapshot, beside the work.", ["stage"],
            buckets=(*STEP_BUCKETS, 30.0, 60.0), registry=self.registry,
        )  # fmt: skip
        self.lost_to_retention = Counter(
            "copydesk_lost_to_retention_total", "Offsets that retention removed before this stage had read them.",
            ["stage"], registry=self.registry,
        )  # fmt: skip
        self.stale_offsets = Counter(
            "copydesk_stale_offsets_total",
            "Committed offsets from before a lane's last transaction, for which its checkpoint stood in.",
            ["stage"], registry=self.registry,
        )  # fmt: skip
        self.index_articles = Gauge(
            "copydesk_index_articles_count", "Articles that match compares with, over the shards held here.",
            registry=self.registry,
        )  # fmt: skip
        self.bucket_overflows = Counter(
            "copydesk_index_bucket_overflows_total", "Keys of originals that too many share to be looked up by.",
            registry=self.registry,
        )  # fmt: skip
        self.feed_fetches = Counter(
            "copydesk_feed_fetches_total", "Fetches of feeds and of the pages that they link to.",
            ["target", "outcome"], registry=self.registry,
        )  # fmt: skip
        self.feed_failures = Counter(
            "copydesk_feed_failures_total", "Fetches that failed or were refused.", ["target", "reason"],
            registry=self.registry,
        )  # fmt: skip
        self.feed_entries = Counter(
            "copydesk_feed_entries_published_total", "Entries of feeds published as articles.", registry=self.registry
        )
        self.feeds_failing = Gauge(
            "copydesk_feed_failing_count", "Feeds of this process whose last fetch failed.", registry=self.registry
        )
        self.build = Gauge(
            "copydesk_build_info", "Always 1; the labels say what runs.", ["service", "version", "python"],
            registry=self.registry,
        )  # fmt: skip
        self.model = Gauge(
            "copydesk_model_info", "Always 1; the labels name the weights in use.", ["name", "version", "sha256"],
            registry=self.registry,
        )  # fmt: skip
        self.build.labels(service, __version__, platform.python_version()).set(1)
        self.memory_limit.set(find_memory_limit())
        if service in STAGE_OUTCOMES:
            self._begin_at_zero(Stage(service))

    def _begin_at_zero(self, stage: Stage) -> None:
        """A counter that is born at one hides its first increase from `increase()` and `rate()`."""
        for outcome in STAGE_OUTCOMES[stage]:
            self.articles.labels(stage, outcome)
        for counter in (self.taken, self.retries, self.in_flight):
            counter.labels(stage)
        if stage is Stage.INGEST:
            for reason in Reason:
                self.rejections.labels(reason)
            return
        for reason in Reason:
            self.dead_letters.labels(stage, reason)
        if stage is Stage.ANNOTATE:
            for result in ("hit", "miss"):
                self.sentences.labels(result)
        for counter in (self.rebalances, self.lost_to_retention):
            counter.labels(stage)
        self.freshness.labels(stage)
        if stage in (Stage.MATCH, Stage.SINK):
            self.stale_offsets.labels(stage)
            self.restore_duration.labels(stage)
