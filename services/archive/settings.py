"""Settings of the archive."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from services.runtime.service.settings import Section, ServiceSettings


class ArchiveSettings(Section):
    """Settings of the files that the archive writes."""

    group: str = Field(default="copydesk-archive", pattern=r"^[A-Za-z0-9._-]{1,200}$")
    """Consumer group; its members share the partitions of the raw topic. All members need the same folder."""
    folder: Path
    """Folder of the archive, on a disk that outlives the process."""
    interval: float = Field(default=300.0, gt=0)
    """Maximum seconds until a record is in a file. Until then it is only in Kafka, so that a kill loses nothing."""
    records: int = Field(default=20_000, ge=1)
    """Number of records of a partition after which they are written before the interval is over."""
    megabytes: int = Field(default=32, ge=1)
    """Size in MiB of the records of a partition after which they are written before the interval is over. The service
    needs about twice as much memory for each partition."""


class ArchiveServiceSettings(ServiceSettings):
    """All settings of the archive service."""

    archive: ArchiveSettings
