"""The metrics of the archive: the shared ones and its own."""

from __future__ import annotations

from services.outcomes import Stage
from services.runtime.service.metrics import Metrics


class ArchiveMetrics(Metrics):
    """All metrics of an archive process."""

    def __init__(self) -> None:
        super().__init__(Stage.ARCHIVE)
        self.archived_bytes = self.registry.counter(
            "copydesk_archived_bytes_total", "Bytes of the archived lines, before their compression."
        )
