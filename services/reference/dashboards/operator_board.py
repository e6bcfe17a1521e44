"""Dashboard for the operator: what is behind, what is slow, what fails, and which versions run."""

from __future__ import annotations

from services.reference.dashboards.colours import BAD, GOOD, WARN
from services.reference.dashboards.expressions import CPU, MEMORY, NAMED, PER_MINUTE, REJECTIONS
from services.reference.dashboards.panels import RANGE, WINDOW, Board, Panel, Row, panel, quantiles

ZERO_IS_GOOD = ((0, GOOD), (1, BAD))
"""Limits of a number that is 0 while all is well."""

NOW = Row("Now", (
    panel("Alerts firing", 'count(ALERTS{alertstate="firing"}) or vector(0)', kind="stat", width=4,
        limits=ZERO_IS_GOOD, description="Of all instances, whichever are chosen above."),
    panel("Processes that answer", 'sum(up{job="copydesk"})', kind="stat", width=4,
        description="Processes that answer Prometheus."),
    panel("Processes that are not ready", "count(copydesk_ready == 0) or vector(0)", kind="stat", width=4,
        limits=ZERO_IS_GOOD, description="Processes whose /ready does not answer 200."),
    panel("Records that wait", "sum(copydesk_consumer_lag_messages)", kind="stat", width=4,
        description="At all stages."),
    panel("Dead letters", f"sum(increase(copydesk_dead_letters_total[{RANGE}]))", kind="stat", width=4,
        limits=((0, GOOD), (1, WARN)), description="Within the time shown."),
    panel("Articles unaccounted for", "sum(abs(instance_stage:copydesk_unaccounted:difference))", kind="stat", width=4,
        limits=ZERO_IS_GOOD,
        description="Accepted articles that have no outcome and are not in flight. It must be 0."),
))  # fmt: skip

FLOW = Row("Flow", (
    panel("Records that wait, by stage", "sum by (stage) (copydesk_consumer_lag_messages)", "{{stage}}",
        axis="records",
        description="Lag of the partitions that are held. The panel Partitions held shows missing ones."),
    panel("Age of the oldest record that waits", "max by (stage) (copydesk_consumer_lag_seconds)", "{{stage}}",
        unit="s", description="It is 0 when none waits."),
    panel("Articles that are being worked on", "sum by (stage) (copydesk_in_flight_articles)", "{{stage}}",
        axis="articles", description="Articles that are accepted and have no outcome yet."),
    panel("Articles done", f"sum by (stage) (rate(copydesk_articles_total[{WINDOW}])) * 60", "{{stage}}",
        axis=PER_MINUTE, description="Articles with an outcome at the stage. The desk's board has the outcomes."),
    Panel("Time from arrival, 95 of 100 articles", quantiles("copydesk_freshness_seconds", "stage", levels=(0.95,)),
          unit="s", description="Time from the append to the raw topic until the outcome at the stage."),
    panel("Late articles", f'1 - sum by (stage) (rate(copydesk_freshness_seconds_bucket{{le="1.0"}}[{WINDOW}])) '
        f"/ sum by (stage) (rate(copydesk_freshness_seconds_count[{WINDOW}]))", "{{stage}}", unit="percentunit",
        description="Share of the articles that needed more than a second since their arrival. At sink, 1 % is "
        "allowed."),
))  # fmt: skip

WORK = Row("Work", (
    Panel("Time of a step, 95 of 100", quantiles("copydesk_step_duration_seconds", "stage, step", levels=(0.95,)),
          unit="s", width=12, description="Time of one step, for one batch where the stage works in batches."),
    panel("Busy time by step", f"sum by (stage, step) (rate(copydesk_step_duration_seconds_sum[{WINDOW}]))",
        "{{stage}} {{step}}", kind="stack", unit="percentunit", axis="share of a second", width=12,
        description="Share of the time in which the step is at work, summed over all processes."),
    panel("Cores in use", CPU, "{{service}}", kind="stack", axis="cores", width=6,
        description="CPU seconds per second, with annotate's workers."),
    panel("CPU time of annotate's workers", f"sum(rate(copydesk_workers_cpu_seconds_total[{WINDOW}]))", "workers",
        axis="cores", width=6, description="Part of annotate's cores that its worker processes use."),
    panel("Articles in a batch", f"sum by (stage) (rate(copydesk_batch_articles_sum[{WINDOW}])) "
        f"/ sum by (stage) (rate(copydesk_batch_articles_count[{WINDOW}]))", "{{stage}}", axis="articles", width=6,
        description="Average number of articles in a batch."),
    panel("Originals that match compares with", "sum(copydesk_index_articles_count)", "articles", axis="articles",
        width=6, description="Size of the index of match: original articles with which a new one is compared."),
))  # fmt: skip

FAULTS = Row("Faults", (
    panel("Dead letters by reason", f"sum by (stage, reason) (increase(copydesk_dead_letters_total[{RANGE}])) > 0",
        "{{stage}}: {{reason}}", kind="bars", description="Number within the time shown."),
    panel("Dead letters over time", f"sum by (stage) (rate(copydesk_dead_letters_total[{WINDOW}])) * 60", "{{stage}}",
        axis="records per minute", description="Records that a stage could not process."),
    panel("Parts that are missing", f"sum by (part, reason) (rate(copydesk_incomplete_total[{WINDOW}])) * 60",
        "{{part}}: {{reason}}", axis="parts per minute",
        description="Parts of the enrichment that are missing from articles."),
    panel("Refused or put off at ingest", REJECTIONS,
        "{{reason}}", axis=PER_MINUTE, description="Articles and whole requests. After overloaded and "
        "broker_unavailable the sender sends again."),
    panel("Attempts that were repeated", f"sum by (stage) (rate(copydesk_retries_total[{WINDOW}])) * 60", "{{stage}}",
        axis="attempts per minute", description="After transient errors, such as a broker that does not answer."),
    panel("Records lost to retention", "sum by (stage) (copydesk_lost_to_retention_total)", "{{stage}}",
        axis="records", description="Records that retention removed before the stage read them, since each process "
        "started."),
    panel("Offsets that were too old", "sum by (stage) (copydesk_stale_offsets_total)", "{{stage}}", axis="offsets",
        description="Committed offsets that were too old; the lane used its checkpoint instead. Since each process "
        "started."),
    panel("Workers lost", "sum by (reason) (copydesk_worker_losses_total)", "{{reason}}", axis="workers",
        description="Workers of annotate that died or hung, since the service started."),
    panel("Feeds that fail", "sum(copydesk_feed_failing_count)", "feeds", axis="feeds",
        description="Feeds whose last fetch failed."),
))  # fmt: skip

PROCESSES = Row("Processes", (
    panel("Restarts", f'changes(process_start_time_seconds{{job="copydesk"}}[{RANGE}]) {NAMED}', "{{service}}",
        kind="bars", width=6, description="Number within the time shown."),
    panel("Memory", f"{MEMORY} {NAMED}",
        "{{service}}", kind="stack", unit="bytes", width=6,
        description="Resident memory of the services, with annotate's workers."),
    panel("Memory, share of the limit",
        f"{MEMORY} / on (job, instance) copydesk_memory_limit_bytes {NAMED}", "{{service}}", unit="percentunit",
        width=6, description="Share of the container's limit, or of the machine's memory."),
    panel("Rebalances", f"sum by (stage) (increase(copydesk_rebalances_total[{WINDOW}]))", "{{stage}}",
        axis="rebalances", width=6, description="Changes of the partitions that are assigned to the processes."),
    panel("Partitions held", "sum by (stage) (copydesk_partitions_held_count)", "{{stage}}", axis="partitions",
        description="There are 6. The records of a partition that is not held are not processed, and no lag "
        "includes them."),
    Panel("Time to open a lane, 95 of 100", quantiles("copydesk_restore_duration_seconds", "stage", levels=(0.95,)),
          unit="s", description="Time to shut out the older owner, read the offset and read the state back."),
    panel("State records read back", f"sum by (stage) (rate(copydesk_restored_records_total[{WINDOW}]))", "{{stage}}",
        axis="records per second", description="Records of the state topics that opening lanes have read."),
))  # fmt: skip

VERSIONS = Row("Versions", (
    panel("Models in use", "count by (name, version, sha256) (copydesk_model_info)", kind="table", width=12,
        description="Number of processes with each model."),
    panel("Builds", "count by (service, version, python) (copydesk_build_info)", kind="table", width=12,
        description="Number of processes of each build."),
))  # fmt: skip

OPERATOR = Board(
    "copydesk-operator",
    "Copydesk: the operator",
    "What is behind, what is slow, what fails, and which versions run.",
    (NOW, FLOW, WORK, FAULTS, PROCESSES, VERSIONS),
)
