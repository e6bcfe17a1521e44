"""Settings of annotate."""

from __future__ import annotations

from pydantic import Field

from services.enrichment.options import EnrichmentOptions
from services.runtime.service.settings import Section, ServiceSettings

MAX_WINDOW = 0.05
"""Seconds: the window is the latency that every article pays when few arrive."""


class AnnotateSettings(Section):
    """The annotate stage: its group, its micro-batches and its worker processes."""

    group: str = Field(default="copydesk-annotate", pattern=r"^[A-Za-z0-9._-]{1,200}$")
    """Consumer group; the raw topic's partitions are shared out among its members."""
    batch_articles: int = Field(default=32, ge=1, le=1_024)
    """Articles worked on together at most: enough that the hop to a worker costs little beside the work, few
    enough that a rebalance, which waits for the batch in flight, waits well under a second."""
    batch_window: float = Field(default=0.001, ge=0, le=MAX_WINDOW)
    """Seconds that a batch which is not full waits for more. Under load a batch fills while its predecessor is
    worked on, so that a longer window buys nothing; at five articles a second 5 ms cost 6 ms of the median latency."""
    buffered_articles: int = Field(default=256, ge=1, le=10_000)
    """Records fetched ahead at most; thrown away and read again at a rebalance."""
    workers: int = Field(default=1, ge=1, le=64)
    """Processes that annotate, each with its own models; one a core that is to be kept busy."""
    spare_workers: int = Field(default=0, ge=0, le=4)
    """Workers kept ready beside them, each with as much memory as one that works. An article that kills its worker, or
    hangs, loses two: without spares its neighbours wait while two load their models, with two spares a moment."""
    worker_megabytes: int | None = Field(default=4_096, ge=256)
    """Memory in MiB that a worker may take, as the kernel counts data (RLIMIT_DATA): an article that wants more is a
    dead letter, and the machine keeps its memory. A few hundred are taken at work; null for no limit."""
    start_deadline: float = Field(default=120.0, gt=0)
    """Seconds in which a worker must have loaded its models."""
    article_deadline: float = Field(default=5.0, gt=0)
    """Seconds of processor time without a result, or seconds in which it uses none, after which a worker is taken to
    hang and is killed; some times what the hardest article needs. On a machine that is busy with other things it may
    take eight times as long."""
    delivery_deadline: float = Field(default=30.0, gt=0)
    """Seconds in which the broker must have acknowledged a batch; beyond, the process stops without committing."""
    max_record_bytes: int = Field(default=8_388_608, ge=1_024)
    """Bytes of a record that are parsed; a larger one is a dead letter unread. An article of the greatest length
    has 3 to 6 MiB as JSON in scripts with three bytes a letter."""
    max_failures_in_row: int = Field(default=10, ge=1)
    """Unexpected failures in a row (not bad input: crashes, hangs, errors in the code) after which the process stops
    without committing, so that a bug cannot drain the topic into the dead letters."""
    enrichment: EnrichmentOptions = EnrichmentOptions()
    """Options of the enrichment, as JSON."""


class AnnotateServiceSettings(ServiceSettings):
    """All settings of the annotate process."""

    annotate: AnnotateSettings = AnnotateSettings()
