"""Dashboard for the operator: what is behind, what is slow, what fails, and which versions run."""

from __future__ import annotations

from services.reference.dashboards.panels import RANGE, WINDOW, Board, Panel, Query, Row, panel, quantiles

GOOD, WARN, BAD = "green", "orange", "red"
NAMED = "* on (job, instance) group_left (service) copydesk_build_info"
"""Suffix of an expression that adds the label `service` to the client library's metrics."""

OPERATOR = Board(
    "copydesk-operator",
    "Copydesk: the operator",
    "What is behind, what is slow, what fails, and which versions run.",
    (
        Row("Now", (
            panel("Alerts firing", 'count(ALERTS{alertstate="firing"}) or vector(0)', kind="stat", width=4,
                limits=((0, GOOD), (1, BAD))),
            panel("Processes", 'sum(up{job="copydesk"})', kind="stat", width=4,
                description="Processes that answer Prometheus."),
            panel("Not ready", "count(copydesk_ready == 0) or vector(0)", kind="stat", width=4,
                limits=((0, GOOD), (1, BAD)), description="Processes whose /ready does not answer 200."),
            panel("Records waiting", "sum(copydesk_consumer_lag_messages)", kind="stat", width=4),
            panel("Dead letters", f"sum(increase(copydesk_dead_letters_total[{RANGE}]))", kind="stat", width=4,
                limits=((0, GOOD), (1, WARN)), description="Within the time shown."),
            panel("Unaccounted", "sum(abs(instance_stage:copydesk_unaccounted:difference))", kind="stat", width=4,
                limits=((0, GOOD), (1, BAD)),
                description="Accepted articles that have no outcome and are not in flight. It must be 0."),
        )),
        Row("Flow", (
            panel("Lag in records", "stage:copydesk_lag_messages:sum", "{{stage}}",
                description="Lag of the partitions that are held. The panel Partitions held shows missing ones."),
            panel("Lag in seconds", "stage:copydesk_lag_seconds:max", "{{stage}}", unit="s",
                description="Age of the oldest record that waits."),
            panel("Outcomes", f"sum by (stage, outcome) (rate(copydesk_articles_total[{WINDOW}])) > 0",
                "{{stage}}: {{outcome}}", unit="ops", description="Articles per second."),
            Panel("Freshness by stage", quantiles("copydesk_freshness_seconds", "stage", levels=(0.95,)), unit="s",
                  description="Time from the append to the raw topic until the outcome at the stage."),
            Panel("Late articles", (
                Query("stage:copydesk_late:ratio_rate5m", "{{stage}}, 5 min"),
                Query('stage:copydesk_late:ratio_rate1h{stage="sink"}', "{{stage}}, 1 h"),
            ), unit="percentunit", description="Share of articles that needed more than 1 s. At sink, 1 % is allowed."),
            panel("In flight", "sum by (stage) (copydesk_in_flight_articles)", "{{stage}}",
                description="Articles that are accepted and have no outcome yet."),
        )),
        Row("Work", (
            Panel("Steps, p95", quantiles("copydesk_step_duration_seconds", "stage, step", levels=(0.95,)), unit="s",
                  width=12, description="Time of one step, for one batch where the stage works in batches."),
            panel("Time spent by step", f"sum by (stage, step) (rate(copydesk_step_duration_seconds_sum[{WINDOW}]))",
                "{{stage}} {{step}}", kind="stack", unit="s", width=12, description="Seconds of work per second."),
            panel("Batch sizes", f"sum by (stage) (rate(copydesk_batch_articles_sum[{WINDOW}])) "
                f"/ sum by (stage) (rate(copydesk_batch_articles_count[{WINDOW}]))", "{{stage}}",
                description="Average number of articles in a batch."),
            panel("CPU", f"sum by (service) (rate(process_cpu_seconds_total[{WINDOW}]) {NAMED})", "{{service}}",
                description="Cores in use. The workers of annotate are not included."),
            panel("Index of match", "sum(copydesk_index_articles_count)", "articles",
                description="Original articles that a new article is compared with."),
        )),
        Row("Errors", (
            panel("Dead letters by reason",
                f"sum by (stage, reason) (increase(copydesk_dead_letters_total[{RANGE}])) > 0",
                "{{stage}}: {{reason}}", kind="bars", description="Within the time shown."),
            panel("Dead letters", f"sum by (stage) (increase(copydesk_dead_letters_total[{WINDOW}]))", "{{stage}}"),
            panel("Parts missing", f"sum by (part, reason) (rate(copydesk_incomplete_total[{WINDOW}]))",
                "{{part}}: {{reason}}", unit="ops",
                description="Parts of the enrichment that are missing from articles, per second."),
            panel("Rejected or deferred", f"sum by (reason) (rate(copydesk_rejections_total[{WINDOW}])) > 0",
                "{{reason}}", unit="ops",
                description="Articles and requests at ingest, per second. For overloaded and broker_unavailable, "
                "the sender sends again later."),
            panel("Retries", f"sum by (stage) (increase(copydesk_retries_total[{WINDOW}]))", "{{stage}}"),
            panel("Lost to retention", "sum by (stage) (copydesk_lost_to_retention_total)", "{{stage}}",
                description="Offsets that retention removed before the stage read them, since each process started."),
            panel("Stale offsets", "sum by (stage) (copydesk_stale_offsets_total)", "{{stage}}",
                description="Committed offsets that were too old; the lane used its checkpoint instead."),
        )),
        Row("Processes", (
            panel("Restarts", f'changes(process_start_time_seconds{{job="copydesk"}}[{RANGE}]) {NAMED}', "{{service}}",
                kind="bars", description="Within the time shown."),
            panel("Workers lost", "sum by (reason) (copydesk_worker_losses_total)", "{{reason}}",
                description="Workers of annotate that died or hung, since the service started."),
            panel("Memory",
                f"(process_resident_memory_bytes + on (job, instance) copydesk_workers_memory_bytes) {NAMED}",
                "{{service}}", kind="stack", unit="bytes",
                description="Resident memory of the services, including the workers of annotate."),
            panel("Memory, share of the limit", "instance:copydesk_memory:ratio", "{{service}}", unit="percentunit",
                description="Share of the container's limit, or of the machine's memory."),
            panel("Rebalances", f"sum by (stage) (increase(copydesk_rebalances_total[{WINDOW}]))", "{{stage}}"),
            panel("Partitions held", "sum by (stage) (copydesk_partitions_held_count)", "{{stage}}",
                description="There are 6. The records of a partition that is not held are not processed, and no lag "
                "includes them."),
            Panel("Opening a lane", quantiles("copydesk_restore_duration_seconds", "stage", levels=(0.95,)), unit="s",
                  description="Time to shut out the older owner, read the offset and read the state back."),
            panel("State records read back", f"sum by (stage) (increase(copydesk_restored_records_total[{WINDOW}]))",
                "{{stage}}"),
            panel("Feeds failing", "sum(copydesk_feed_failing_count)", "feeds",
                description="Feeds whose last fetch failed."),
        )),
        Row("Versions", (
            panel("Models in use", "count by (name, version, sha256) (copydesk_model_info)", kind="table", width=12),
            panel("Builds", "count by (service, version, python) (copydesk_build_info)", kind="table", width=12),
        )),
    ),
)  # fmt: skip
