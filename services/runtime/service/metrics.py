"""The metrics that all services share, and the registry in which a service defines its own.

A service's own metrics are in a subclass of `Metrics` in that service's folder. Names and labels are fixed, because
dashboards and alerts read them. docs/metrics.md is generated from the definitions.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.metrics import MetricWrapperBase

from services import __version__
from services.outcomes import STAGE_OUTCOMES, Outcome, Reason, Stage
from services.runtime.service.process_usage import find_memory_limit

STEP_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds: from the time of one signature to a page that uses its whole time limit."""
RESTORE_BUCKETS = (*STEP_BUCKETS, 30.0, 60.0, 120.0)
"""Upper bounds in seconds: a lane with a large state needs minutes to open."""
SNAPSHOT_BUCKETS = (*STEP_BUCKETS, 30.0, 60.0)
"""Upper bounds in seconds: a snapshot of a large state needs up to a minute."""
FRESHNESS_BUCKETS = (0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
"""Upper bounds in seconds: dense around the objective (half a second), then up to a backlog of an hour."""
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
"""Upper bounds in articles."""


def configure_metrics() -> None:
    """Leave out the `_created` series that the client library adds to counters and histograms: no dashboard reads it.

    The switch is global in the library, so that the start of a service sets it, once.
    """
    disable_created_metrics()  # type: ignore[no-untyped-call]


class MetricsRegistry(CollectorRegistry):
    """A Prometheus registry that makes metrics and remembers them, so that they can be listed."""

    def __init__(self) -> None:
        super().__init__()
        self.families: list[MetricWrapperBase] = []
        """The metrics made here, in the order of their definition."""
        self.deployment = ""
        """Value of the label `deployment` of every metric; without a value there is no label."""
        self._updates: list[Callable[[], None]] = []

    def before_collection(self, update: Callable[[], None]) -> None:
        """Call a function before each collection, for a counter whose value is read from elsewhere."""
        self._updates.append(update)

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics with their values."""
        for update in self._updates:
            update()
        for metric in super().collect():
            yield self._label(metric) if self.deployment else metric

    def _label(self, metric: Metric) -> Metric:
        labelled = Metric(metric.name, metric.documentation, metric.type, metric.unit)
        deployment = {"deployment": self.deployment}
        labelled.samples = [sample._replace(labels={**sample.labels, **deployment}) for sample in metric.samples]
        return labelled

    def counter(self, name: str, meaning: str, *labels: str) -> Counter:
        """Make a counter; its name ends in `_total`."""
        counter = Counter(name, meaning, labels, registry=self)
        self.families.append(counter)
        return counter

    def gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        """Make a gauge."""
        gauge = Gauge(name, meaning, labels, registry=self)
        self.families.append(gauge)
        return gauge

    def histogram(self, name: str, meaning: str, *labels: str, buckets: Sequence[float]) -> Histogram:
        """Make a histogram with these upper bounds."""
        histogram = Histogram(name, meaning, labels, buckets=buckets, registry=self)
        self.families.append(histogram)
        return histogram


class Metrics:
    """The metrics of one process that every service has, in a registry of their own."""

    def __init__(self, service: str) -> None:
        self.registry = MetricsRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._define_outcomes(self.registry)
        self._define_work(self.registry)
        self._define_health(self.registry)
        self._define_partitions(self.registry)
        self._define_state(self.registry)
        self._define_process(self.registry)
        self.build.labels(service, __version__, platform.python_version()).set(1)
        self.memory_limit.set(find_memory_limit())
        if service in STAGE_OUTCOMES:
            self._begin_at_zero(Stage(service))

    def _define_outcomes(self, registry: MetricsRegistry) -> None:
        self.articles = registry.counter(
            "copydesk_articles_total", "Articles by outcome; each article has exactly one at each stage.",
            "stage", "outcome",
        )  # fmt: skip
        self.received = registry.counter(
            "copydesk_taken_total",
            "Articles that the stage has accepted: the articles in flight, plus the sum of the outcomes, plus the "
            "articles that ingest deferred.",
            "stage",
        )
        self.in_flight = registry.gauge(
            "copydesk_in_flight_articles", "Articles that are accepted and have no outcome yet.", "stage"
        )
        self.dead_letters = registry.counter(
            "copydesk_dead_letters_total", "Records sent to a dead-letter topic.", "stage", "reason"
        )
        self.freshness = registry.histogram(
            "copydesk_freshness_seconds", "Time from the append to the raw topic until the outcome at this stage.",
            "stage", buckets=FRESHNESS_BUCKETS,
        )  # fmt: skip

    def _define_work(self, registry: MetricsRegistry) -> None:
        self.step_duration = registry.histogram(
            "copydesk_step_duration_seconds",
            "Time of one step, for one article or for one batch where the stage works in batches.",
            "stage", "step", buckets=STEP_BUCKETS,
        )  # fmt: skip
        self.batch_size = registry.histogram(
            "copydesk_batch_articles", "Articles in one batch.", "stage", buckets=BATCH_BUCKETS
        )
        self.retries = registry.counter(
            "copydesk_retries_total", "Attempts that were repeated after a transient error.", "stage"
        )

    def _define_health(self, registry: MetricsRegistry) -> None:
        self.ready = registry.gauge("copydesk_ready", "1 while /ready answers 200, else 0.", "stage")
        self.last_progress = registry.gauge(
            "copydesk_last_progress_timestamp_seconds",
            "Unix time of the last progress: an article got its outcome, or no record was waiting.",
            "stage",
        )
        self.lag_messages = registry.gauge(
            "copydesk_consumer_lag_messages",
            "Records between the committed position and the end of the topic, over the partitions held by this "
            "process.",
            "stage", "topic",
        )  # fmt: skip
        self.lag_seconds = registry.gauge(
            "copydesk_consumer_lag_seconds", "Age of the oldest record that waits; 0 when none waits.",
            "stage", "topic",
        )  # fmt: skip
        self.lag_observed = registry.gauge(
            "copydesk_lag_observed_timestamp_seconds",
            "Unix time of the last lag measurement; while the lag cannot be measured, the lag gauges keep their last "
            "values.",
            "stage",
        )

    def _define_partitions(self, registry: MetricsRegistry) -> None:
        self.partitions = registry.gauge(
            "copydesk_partitions_held_count", "Partitions of the input topic that are assigned to this process.",
            "stage",
        )  # fmt: skip
        self.rebalances = registry.counter(
            "copydesk_rebalances_total", "Changes of the partitions that are assigned to this process.", "stage"
        )
        self.lost_to_retention = registry.counter(
            "copydesk_lost_to_retention_total", "Offsets that retention removed before this stage had read them.",
            "stage",
        )  # fmt: skip
        self.stale_offsets = registry.counter(
            "copydesk_stale_offsets_total",
            "Committed offsets that were older than the lane's last transaction; the lane used its checkpoint instead.",
            "stage",
        )

    def _define_state(self, registry: MetricsRegistry) -> None:
        self.lanes = registry.gauge("copydesk_open_lanes_count", "Open lanes.", "stage")
        self.restoring = registry.gauge(
            "copydesk_restoring_lanes_count", "Lanes that are reading their state back.", "stage"
        )
        self.restore_progress = registry.gauge(
            "copydesk_restore_progress_ratio",
            "Share of their state that the restoring lanes have read back, 0 to 1; 1 when no lane is restoring.",
            "stage",
        )
        self.restore_duration = registry.histogram(
            "copydesk_restore_duration_seconds",
            "Time to open a lane: shut out the older owner, read the offset, read the state back.",
            "stage", buckets=RESTORE_BUCKETS,
        )  # fmt: skip
        self.restored = registry.counter(
            "copydesk_restored_records_total", "Records of the state topic read back while lanes were opened.", "stage"
        )
        self.snapshots = registry.counter(
            "copydesk_snapshots_total", "Snapshots of a lane's state by outcome.", "stage", "outcome"
        )
        self.snapshot_duration = registry.histogram(
            "copydesk_snapshot_duration_seconds", "Time to write a snapshot, while the lane processes more records.",
            "stage", buckets=SNAPSHOT_BUCKETS,
        )  # fmt: skip

    def _define_process(self, registry: MetricsRegistry) -> None:
        # Rules and panels add the workers' memory and CPU time on every job, so that every service exports them.
        self.workers_memory = registry.gauge(
            "copydesk_workers_memory_bytes",
            "Resident memory of the worker processes; 0 in a service without workers.",
        )
        self.workers_cpu = registry.counter(
            "copydesk_workers_cpu_seconds_total",
            "CPU time of the worker processes, those that ended included; 0 in a service without workers.",
        )
        self.memory_limit = registry.gauge(
            "copydesk_memory_limit_bytes",
            "Memory that this process and its workers may use: the container's limit, or the machine's memory.",
        )
        self.build = registry.gauge(
            "copydesk_build_info", "Always 1; the labels name the service and its version.",
            "service", "version", "python",
        )  # fmt: skip

    def _begin_at_zero(self, stage: Stage) -> None:
        """Export the stage's counters before they count: `increase()` and `rate()` miss the jump from absent to 1."""
        for outcome in STAGE_OUTCOMES[stage]:
            self.articles.labels(stage, outcome)
        for metric in (self.received, self.retries, self.in_flight):
            metric.labels(stage)
        if Outcome.DEAD_LETTERED in STAGE_OUTCOMES[stage]:
            for reason in Reason:
                self.dead_letters.labels(stage, reason)
            self.freshness.labels(stage)
        if stage is not Stage.INGEST:
            for counter in (self.rebalances, self.lost_to_retention):
                counter.labels(stage)
        if stage in (Stage.MATCH, Stage.SINK):
            self.stale_offsets.labels(stage)
            self.restore_duration.labels(stage)
