"""One or more scenarios for each alert: the fault that must raise it, and situations near the fault that must not."""

from __future__ import annotations

from tests.monitoring.scenarios import (
    Scenario,
    articles,
    dead_letters,
    ended,
    ramp,
    rejections,
    stage_series,
    steps,
    stories,
    story_articles,
    target,
    verdicts,
)

ROUTED = stage_series("copydesk_freshness_seconds_count", "sink")
LATE = stage_series("copydesk_freshness_seconds_bucket", "sink", ',le="1.0"')
AT = target("annotate")

SCENARIOS = (
    Scenario("a healthy desk raises no alert", "", {}, (5, 60, 120), ()),
    Scenario(
        "a service without a process",
        "CopydeskServiceAbsent",
        {
            f'copydesk_build_info{{{target("sink")},service="sink"}}': ended("1x20"),
            f'up{{{target("sink")},host="sink"}}': ended("1x20"),
        },
        (20, 22), (24, 40),
    ),
    Scenario(
        "a second instance that is down while the first one works",
        "CopydeskInstanceDown",
        {'up{job="copydesk",instance="sink-2:8080",host="sink"}': steps((1, 20), (0, 40))},
        (20, 22), (24, 50),
    ),
    Scenario(
        "three restarts within half an hour",
        "CopydeskRestarts",
        {f"process_start_time_seconds{{{AT}}}": steps((1, 10), (2, 4), (3, 4), (4, 40))},
        (5, 15), (22, 35),
    ),
    Scenario(
        "two restarts, as a rollout and its rollback make",
        "",
        {f"process_start_time_seconds{{{AT}}}": steps((1, 10), (2, 10), (3, 40))},
        (15, 25, 40), (),
    ),
    Scenario(
        "workers that die repeatedly",
        "CopydeskWorkersLost",
        {f'copydesk_worker_losses_total{{{AT},reason="worker_died"}}': ramp((0, 20), (1, 10), (0, 30))},
        (10, 20), (28, 32),
    ),
    Scenario(
        "one article that kills two workers and becomes a dead letter",
        "CopydeskDeadLettersOurs",
        {
            f'copydesk_worker_losses_total{{{AT},reason="worker_died"}}': ramp((0, 20), (2, 1), (0, 30)),
            dead_letters("annotate", "worker_died"): ramp((0, 20), (1, 1), (0, 30)),
        },
        (20, 40), (22, 30),
    ),
    Scenario(
        "memory near the limit",
        "CopydeskMemoryHigh",
        {f"copydesk_workers_memory_bytes{{{AT}}}": steps((5e8, 20), (1.6e9, 40))},
        (20, 29), (32, 50),
    ),
    Scenario(
        "a service that does not become ready",
        "CopydeskNotReady",
        {stage_series("copydesk_ready", "match"): steps((0, 3), (1, 20), (0, 40))},
        (4, 20, 27), (30, 50),
    ),
    Scenario(
        "two different weights long after a rollout",
        "CopydeskModelsDiffer",
        {'copydesk_model_info{job="copydesk",instance="annotate-2:8080",name="encoder",sha256="b"}': steps((1, 60))},
        (5, 25), (35, 55),
    ),
    Scenario(
        "a stage without progress while records wait",
        "CopydeskStuck",
        {stage_series("copydesk_last_progress_timestamp_seconds", "annotate"): ramp((60, 20), (0, 40))},
        (20, 22), (25, 40),
    ),
    Scenario(
        "a stage without progress because no record comes",
        "",
        {
            stage_series("copydesk_last_progress_timestamp_seconds", "annotate"): ramp((60, 20), (0, 40)),
            stage_series("copydesk_consumer_lag_messages", "annotate", ',topic="t"'): steps((2, 20), (0, 40)),
        },
        (20, 30, 55), (),
    ),
    Scenario(
        "lag that grows by half a second per second",
        "CopydeskFallingBehind",
        {stage_series("copydesk_consumer_lag_seconds", "annotate", ',topic="t"'): ramp((0, 20), (30, 60))},
        (20, 24), (30, 70),
    ),
    Scenario(
        "lag that shrinks",
        "",
        {stage_series("copydesk_consumer_lag_seconds", "annotate", ',topic="t"'): ramp((-10, 60), start=700)},
        (5, 20, 55), (),
    ),
    Scenario(
        "a broker that does not answer",
        "CopydeskLagUnknown",
        {
            stage_series("copydesk_lag_observed_timestamp_seconds", stage): ramp((60, 20), (0, 40))
            for stage in ("match", "sink")
        },
        (20, 21), (25, 50), count=2,
    ),
    Scenario(
        "partitions that no process holds",
        "CopydeskPartitionsUnassigned",
        {stage_series("copydesk_partitions_held_count", "match"): steps((6, 20), (4, 40))},
        (20, 25), (28, 50),
    ),
    Scenario(
        "partitions shared by two members",
        "",
        {
            stage_series("copydesk_partitions_held_count", "match"): steps((3, 40)),
            'copydesk_partitions_held_count{job="copydesk",instance="match-2:8080",stage="match"}': steps((3, 40)),
        },
        (10, 35), (),
    ),
    Scenario(
        "a group that keeps rebalancing",
        "CopydeskRebalancesOften",
        {stage_series("copydesk_rebalances_total", "sink"): ramp((0, 20), (1, 40))},
        (20, 25), (32, 50),
    ),
    Scenario(
        "the rebalances of a rolling restart",
        "",
        {stage_series("copydesk_rebalances_total", "sink"): ramp((0, 20), (1, 5), (0, 40))},
        (20, 26, 40), (),
    ),
    Scenario(
        "a lane that takes more than half a minute to open",
        "CopydeskLaneOpensSlowly",
        {stage_series("copydesk_restore_duration_seconds_count", "match"): ramp((0, 20), (1, 1), (0, 60), start=6)},
        (20, 40), (22, 33),
    ),
    Scenario(
        "routing rules that are rejected until they are corrected",
        "CopydeskRulesRejected",
        {f"copydesk_rules_rejected{{{target('sink')}}}": steps((0, 20), (1, 10), (0, 20))},
        (19, 20, 32, 45), (22, 29),
    ),
    Scenario(
        "routing rules that are corrected within a minute",
        "",
        {f"copydesk_rules_rejected{{{target('sink')}}}": steps((0, 20), (1, 0), (0, 20))},
        (20, 21, 22, 40), (),
    ),
    Scenario(
        "lanes that open quickly, one after the other",
        "",
        {
            stage_series(metric, "match", bucket): ramp((0, 20), (3, 5), (0, 60), start=first)
            for metric, bucket, first in (
                ("copydesk_restore_duration_seconds_count", "", 6),
                ("copydesk_restore_duration_seconds_bucket", ',le="30.0"', 5),
            )
        },
        (20, 23, 26, 33), (),
    ),
    Scenario(
        "no articles after a busy morning",
        "CopydeskNothingComesIn",
        {
            articles("ingest", "published"): ramp((60, 60), (0, 120)),
            stage_series("copydesk_taken_total", "ingest"): ramp((60, 60), (0, 120)),
        },
        (60, 85), (100, 150),
    ),
    Scenario(
        "feeds that fail for a working day",
        "CopydeskFeedsFailing",
        {f"copydesk_feed_failing_count{{{target('ingest')}}}": steps((0, 10), (2, 60), (0, 10), (2, 400))},
        (20, 75, 430), (445,),
    ),
    Scenario(
        "every fifth article late: the budget burns too fast within an hour",
        "CopydeskFreshnessBurnsFast",
        {LATE: ramp((60, 120), (48, 100))},
        (60, 121, 150), (175,),
    ),
    Scenario(
        "every tenth article late: the budget burns too fast within six hours",
        "CopydeskFreshnessBurnsFast",
        {LATE: ramp((60, 100), (54, 200))},
        (30,), (290,), besides={"CopydeskFreshnessBurnsSlowly": 1},
    ),
    Scenario(
        "a late quarter of an hour that is over",
        "",
        {LATE: ramp((60, 240), (30, 8), (60, 200))},
        (240, 248, 258, 300), (),
    ),
    Scenario(
        "two articles in a hundred late, all the time",
        "CopydeskFreshnessBurnsSlowly",
        {LATE: ramp((58.8, 200))},
        (30,), (90, 180),
    ),
    Scenario(
        "the first ten articles of a new desk are late, and no more come",
        "",
        {ROUTED: ramp((0, 10), (10, 1), (0, 200)), LATE: ramp((0, 211))},
        (11, 14, 20, 45, 75, 200), (),
    ),
    Scenario(
        "the first ten articles of a new desk are late, and all that follow are not",
        "",
        {ROUTED: ramp((0, 10), (10, 1), (5, 400)), LATE: ramp((0, 11), (5, 400))},
        (14, 20, 32, 40, 75, 120, 220, 330, 400), (),
    ),
    Scenario(
        "all articles late at a desk with two articles per minute",
        "CopydeskFreshnessBurnsFast",
        {ROUTED: ramp((2, 100)), LATE: ramp((0, 100))},
        (15, 45), (58, 90),
    ),
    Scenario(
        "all articles late at a desk with one article per minute: six hours have enough articles",
        "CopydeskFreshnessBurnsFast",
        {ROUTED: ramp((1, 300)), LATE: ramp((0, 300))},
        (60, 120, 240), (260, 290),
    ),
    Scenario(
        "one article in twenty-five late at a desk with five per minute: three days have enough articles",
        "CopydeskFreshnessBurnsSlowly",
        {ROUTED: ramp((5, 390)), LATE: ramp((4.8, 390))},
        (75, 290), (370, 385),
    ),
    Scenario(
        "an accepted article of match without an outcome that is not in flight",
        "CopydeskArticlesUnaccounted",
        {stage_series("copydesk_taken_total", "match"): ramp((60, 20), (61, 1), (60, 40))},
        (20, 22), (24, 50),
    ),
    Scenario(
        "an accepted article of ingest that is neither published nor rejected",
        "CopydeskArticlesUnaccounted",
        {stage_series("copydesk_taken_total", "ingest"): ramp((60, 20), (61, 1), (60, 40))},
        (20, 22), (24, 50),
    ),
    Scenario(
        "articles in flight, rejected articles and deferred articles are accounted for",
        "",
        {
            stage_series("copydesk_taken_total", "match"): ramp((60, 20), (92, 1), (60, 40)),
            stage_series("copydesk_in_flight_articles", "match"): steps((0, 20), (32, 41)),
            stage_series("copydesk_taken_total", "ingest"): ramp((60, 20), (63, 1), (60, 40)),
            rejections("invalid_article"): ramp((0, 20), (3, 1), (0, 40)),
            articles("ingest", "rejected"): ramp((0, 20), (3, 1), (0, 40)),
        },
        (20, 22, 50), (),
    ),
    Scenario(
        "a reader that was stopped for longer than its topic retains records",
        "CopydeskLostToRetention",
        {stage_series("copydesk_lost_to_retention_total", "sink"): ramp((0, 20), (500, 1), (0, 100))},
        (20, 90), (22, 70),
    ),
    Scenario(
        "a coordinator that returns offsets that are too old",
        "CopydeskStaleOffsets",
        {stage_series("copydesk_stale_offsets_total", "sink"): ramp((0, 20), (3, 1), (0, 100))},
        (20, 90), (22, 70),
    ),
    Scenario(
        "a bug that fails on one article",
        "CopydeskDeadLettersOurs",
        {dead_letters("match", "unexpected"): ramp((0, 20), (1, 1), (0, 40))},
        (20, 45), (22, 30),
    ),
    Scenario(
        "one unreadable record in thirty",
        "CopydeskDeadLettersRising",
        {
            dead_letters("annotate", "invalid_json"): ramp((0, 20), (2, 60)),
            articles("annotate", "dead_lettered"): ramp((0, 20), (2, 60)),
            stage_series("copydesk_taken_total", "annotate"): ramp((60, 20), (62, 60)),
        },
        (20, 25), (40, 70),
    ),
    Scenario(
        "one unreadable record",
        "",
        {
            dead_letters("annotate", "invalid_json"): ramp((0, 20), (1, 1), (0, 60)),
            articles("annotate", "dead_lettered"): ramp((0, 20), (1, 1), (0, 60)),
            stage_series("copydesk_taken_total", "annotate"): ramp((60, 20), (61, 1), (60, 60)),
        },
        (20, 22, 30, 60), (),
    ),
    Scenario(
        "a sender that sends invalid articles",
        "CopydeskRejectionsRising",
        {
            articles("ingest", "rejected"): ramp((0, 20), (15, 60)),
            rejections("invalid_article"): ramp((0, 20), (15, 60)),
            stage_series("copydesk_taken_total", "ingest"): ramp((60, 20), (75, 60)),
        },
        (20, 27), (45, 70),
    ),
    Scenario(
        "a broker that accepts no record",
        "CopydeskSendersDeferred",
        {
            rejections("broker_unavailable"): ramp((0, 20), (60, 60)),
            articles("ingest", "published"): ramp((60, 20), (0, 60)),
        },
        (20, 25), (28, 45),
    ),
    Scenario(
        "a burst whose senders must send again",
        "",
        {
            rejections("overloaded"): ramp((0, 20), (5, 1), (0, 60)),
            stage_series("copydesk_taken_total", "ingest"): ramp((60, 20), (65, 1), (60, 60)),
        },
        (20, 23, 40), (),
    ),
    Scenario(
        "an enricher that fails on one article in twenty",
        "CopydeskEnrichmentIncomplete",
        {f'copydesk_incomplete_total{{{AT},part="entities",reason="enricher_failed"}}': ramp((0, 20), (3, 60))},
        (20, 24), (32, 70),
    ),
    Scenario(
        "a feed that repeats its articles",
        "CopydeskDuplicatesOutOfBand",
        {verdicts("original"): ramp((40, 120), (2, 100)), verdicts("exact"): ramp((10, 120), (48, 100))},
        (60, 120, 135), (200,),
    ),
    Scenario(
        "a shard that fills up with stories",
        "CopydeskStoriesFull",
        {stories("copydesk_stories_fullest_ratio"): steps((0.2, 20), (0.92, 60))},
        (20, 30, 34), (38, 60),
    ),
    Scenario(
        "a shard that is full for ten minutes",
        "",
        {stories("copydesk_stories_fullest_ratio"): steps((0.2, 20), (0.92, 10), (0.8, 60))},
        (20, 30, 34, 60), (),
    ),
    Scenario(
        "forms that merge for more than an hour",
        "CopydeskStoryMergesRising",
        {stories("copydesk_story_merges_total"): ramp((0.5, 60), (6, 120))},
        (60, 80), (140, 170),
    ),
    Scenario(
        "ten articles in an hour, of which two merge stories",
        "",
        {
            stories("copydesk_story_merges_total"): ramp((0, 30), (2, 1), (0, 60)),
            story_articles("opened"): ramp((0.2, 120)),
            story_articles("joined"): ramp((0, 120)),
        },
        (30, 45, 60, 90), (),
    ),
)  # fmt: skip
