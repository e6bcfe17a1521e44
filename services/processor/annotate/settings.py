"""Settings of annotate."""

from __future__ import annotations

from pydantic import Field

from services.enrichment.options import EnrichmentOptions
from services.runtime.service.settings import Section, ServiceSettings

MAX_WINDOW = 0.05
"""Maximum of the batch window in seconds: when few articles arrive, each of them is delayed by the window."""


class AnnotateSettings(Section):
    """Settings of the annotate stage: its group, its micro-batches and its worker processes."""

    group: str = Field(default="copydesk-annotate", pattern=r"^[A-Za-z0-9._-]{1,200}$")
    """Consumer group; its members share the partitions of the raw topic."""
    batch_articles: int = Field(default=32, ge=1, le=1_024)
    """Maximum number of articles in a batch. A larger batch costs less per article on the way to a worker. A rebalance
    waits for the batch in flight; with the default, it waits well under a second."""
    batch_window: float = Field(default=0.001, ge=0, le=MAX_WINDOW)
    """Seconds that a batch which is not full waits for more articles. Under load a batch fills while the previous one
    is annotated, so a longer window gains nothing there, and with few articles it only adds latency."""
    buffered_articles: int = Field(default=256, ge=1, le=10_000)
    """Maximum number of records fetched ahead; a rebalance discards them, and they are fetched again."""
    workers: int = Field(default=1, ge=1, le=64)
    """Number of worker processes. Set it to the number of processor cores for the annotate service. Each worker loads
    its own models."""
    spare_workers: int = Field(default=0, ge=0, le=4)
    """Number of additional workers that are kept ready, each with as much memory as one that works. An article that
    kills its worker, or hangs, costs two workers: without spare workers the other articles wait while two workers load
    their models, with two spare workers they hardly wait."""
    worker_megabytes: int | None = Field(default=4_096, ge=256)
    """Maximum memory of a worker in MiB, as the kernel counts data (RLIMIT_DATA). An article that needs more becomes a
    dead letter, and the machine does not run out of memory. A worker normally needs a few hundred MiB; null for no
    limit."""
    start_deadline: float = Field(default=120.0, gt=0)
    """Seconds in which a worker must have loaded its models."""
    article_deadline: float = Field(default=20.0, gt=0)
    """Seconds without a result after which a worker is regarded as hung and killed: seconds of processor time used, or
    seconds in which it used none. The default is several times what the hardest article needs. On a machine that is
    busy with other work, a worker may take eight times as long."""
    delivery_deadline: float = Field(default=30.0, gt=0)
    """Seconds in which the broker must acknowledge a batch; after that the process stops without committing."""
    max_record_bytes: int = Field(default=33_554_432, ge=1_024)
    """Maximum size of a record in bytes; a larger one becomes a dead letter without being parsed. A page of the
    greatest length has 8 to 24 MiB as JSON."""
    max_failures_in_row: int = Field(default=10, ge=1)
    """Number of unexpected failures in a row after which the process stops without committing, so that a bug cannot
    send the whole topic to the dead letters. Crashes, hangs and errors in the code count; bad input does not."""
    enrichment: EnrichmentOptions = EnrichmentOptions()
    """Options of the enrichment, as JSON."""


class AnnotateServiceSettings(ServiceSettings):
    """All settings of the annotate process."""

    annotate: AnnotateSettings = AnnotateSettings()
