"""The operator's dashboard: what lags, what is slow, what fails, and what runs."""

from __future__ import annotations

from services.reference.dashboards.panels import RANGE, WINDOW, Board, Panel, Query, Row, one, quantiles

GOOD, WARN, BAD = "green", "orange", "red"
NAMED = "* on (job, instance) group_left (service) copydesk_build_info"
"""Gives the client library's metrics the service's name."""

OPERATOR = Board(
    "copydesk-operator",
    "Copydesk: the operator",
    "What lags, what is slow, what fails, and what runs.",
    (
        Row("Now", (
            one("Alerts firing", 'count(ALERTS{alertstate="firing"}) or vector(0)', kind="stat", width=4,
                limits=((0, GOOD), (1, BAD))),
            one("Processes", 'sum(up{job="copydesk"})', kind="stat", width=4, description="That answer Prometheus."),
            one("Not ready", "count(copydesk_ready == 0) or vector(0)", kind="stat", width=4,
                limits=((0, GOOD), (1, BAD)), description="Processes whose /ready says no."),
            one("Records waiting", "sum(copydesk_consumer_lag_messages)", kind="stat", width=4),
            one("Dead letters", f"sum(increase(copydesk_dead_letters_total[{RANGE}]))", kind="stat", width=4,
                limits=((0, GOOD), (1, WARN)), description="Within the time shown."),
            one("Unaccounted", "sum(abs(instance_stage:copydesk_unaccounted:difference))", kind="stat", width=4,
                limits=((0, GOOD), (1, BAD)),
                description="Articles taken that are neither in flight nor came to an outcome. Always 0."),
        )),
        Row("Flow", (
            one("Lag in records", "stage:copydesk_lag_messages:sum", "{{stage}}",
                description="Of the partitions held; what nobody holds is seen in the panel of partitions."),
            one("Lag in seconds", "stage:copydesk_lag_seconds:max", "{{stage}}", unit="s",
                description="Age of the oldest record that waits."),
            one("Outcomes", f"sum by (stage, outcome) (rate(copydesk_articles_total[{WINDOW}])) > 0",
                "{{stage}}: {{outcome}}", unit="ops", description="Articles a second."),
            Panel("Freshness by stage", quantiles("copydesk_freshness_seconds", "stage", levels=(0.95,)), unit="s",
                  description="From the raw topic's append to the stage's outcome."),
            Panel("Late articles", (
                Query("stage:copydesk_late:ratio_rate5m", "{{stage}}, 5 min"),
                Query('stage:copydesk_late:ratio_rate1h{stage="sink"}', "{{stage}}, 1 h"),
            ), unit="percentunit", description="Share later than 1 s; 1 % is allowed at sink."),
            one("In flight", "sum by (stage) (copydesk_in_flight_articles)", "{{stage}}",
                description="Taken, and not yet at an outcome."),
        )),
        Row("Work", (
            Panel("Steps, p95", quantiles("copydesk_step_duration_seconds", "stage, step", levels=(0.95,)), unit="s",
                  width=12, description="Of a batch where the stage works in batches."),
            one("Time spent by step", f"sum by (stage, step) (rate(copydesk_step_duration_seconds_sum[{WINDOW}]))",
                "{{stage}} {{step}}", kind="stack", unit="s", width=12, description="Seconds in a second."),
            one("Batch sizes", f"sum by (stage) (rate(copydesk_batch_articles_sum[{WINDOW}])) "
                f"/ sum by (stage) (rate(copydesk_batch_articles_count[{WINDOW}]))", "{{stage}}",
                description="Articles worked on together, on average."),
            one("CPU", f"sum by (service) (rate(process_cpu_seconds_total[{WINDOW}]) {NAMED})", "{{service}}",
                description="Cores; annotate's workers are not in it."),
            one("Index of match", "sum(copydesk_index_articles_count)", "articles",
                description="Originals that a new article is compared with."),
        )),
        Row("Errors", (
            one("Dead letters by reason",
                f"sum by (stage, reason) (increase(copydesk_dead_letters_total[{RANGE}])) > 0",
                "{{stage}}: {{reason}}", kind="bars", description="Within the time shown."),
            one("Dead letters", f"sum by (stage) (increase(copydesk_dead_letters_total[{WINDOW}]))", "{{stage}}"),
            one("Parts missing", f"sum by (part, reason) (rate(copydesk_incomplete_total[{WINDOW}]))",
                "{{part}}: {{reason}}", unit="ops", description="What articles went on without."),
            one("Refused or deferred", f"sum by (reason) (rate(copydesk_rejections_total[{WINDOW}])) > 0", "{{reason}}",
                unit="ops", description="At ingest; overloaded and broker_unavailable are told to come again."),
            one("Retries", f"sum by (stage) (increase(copydesk_retries_total[{WINDOW}]))", "{{stage}}"),
            one("Lost to retention", "sum by (stage) (copydesk_lost_to_retention_total)", "{{stage}}",
                description="Offsets, since each process started."),
            one("Stale offsets", "sum by (stage) (copydesk_stale_offsets_total)", "{{stage}}",
                description="Kafka named an offset of long ago and a lane went by its checkpoint."),
        )),
        Row("Processes", (
            one("Restarts", f'changes(process_start_time_seconds{{job="copydesk"}}[{RANGE}]) {NAMED}', "{{service}}",
                kind="bars", description="Within the time shown."),
            one("Workers lost", "sum by (reason) (copydesk_worker_losses_total)", "{{reason}}",
                description="Workers of annotate that died or hung, since it started."),
            one("Memory", f"(process_resident_memory_bytes + on (job, instance) copydesk_workers_memory_bytes) {NAMED}",
                "{{service}}", kind="stack", unit="bytes", description="With the workers of annotate."),
            one("Memory of the limit", "instance:copydesk_memory:ratio", "{{service}}", unit="percentunit",
                description="Of the container's limit, or the machine's memory."),
            one("Rebalances", f"sum by (stage) (increase(copydesk_rebalances_total[{WINDOW}]))", "{{stage}}"),
            one("Partitions held", "sum by (stage) (copydesk_partitions_held_count)", "{{stage}}",
                description="Of 6; what is missing is not worked on, and in no lag."),
            Panel("Opening a lane", quantiles("copydesk_restore_duration_seconds", "stage", levels=(0.95,)), unit="s",
                  description="Fence, offset, state."),
            one("State records read back", f"sum by (stage) (increase(copydesk_restored_records_total[{WINDOW}]))",
                "{{stage}}"),
            one("Feeds failing", "sum(copydesk_feed_failing_count)", "feeds", description="Their last fetch failed."),
        )),
        Row("What runs", (
            one("Models in use", "count by (name, version, sha256) (copydesk_model_info)", kind="table", width=12),
            one("Builds", "count by (service, version, python) (copydesk_build_info)", kind="table", width=12),
        )),
    ),
)  # fmt: skip
