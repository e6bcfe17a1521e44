"""Expressions and units that both dashboards use."""

from __future__ import annotations

from services.reference.dashboards.panels import WINDOW

PER_MINUTE = "articles per minute"
NAMED = "* on (job, instance) group_left (service) copydesk_build_info"
"""Suffix of an expression that adds the label `service` to the client library's metrics."""
CPU = (
    f"sum by (service) ((rate(process_cpu_seconds_total[{WINDOW}]) "
    f"+ on (job, instance) rate(copydesk_workers_cpu_seconds_total[{WINDOW}])) {NAMED})"
)
"""CPU seconds per second of each service, with its worker processes."""
MEMORY = "(process_resident_memory_bytes + on (job, instance) copydesk_workers_memory_bytes)"
"""Resident memory of each process in bytes, with its worker processes."""
REJECTIONS = f"sum by (reason) (rate(copydesk_rejections_total[{WINDOW}])) * 60 > 0"
"""Articles and whole requests that ingest did not accept, per minute and reason."""
