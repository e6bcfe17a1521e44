"""Scenarios for `promtool test rules`: the numbers that make each alert fire.

A scenario is a healthy desk in which some series are replaced. At the minutes in `quiet` no alert may fire, and at the
minutes in `loud` exactly the expected alerts must.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STAGES = ("ingest", "annotate", "match", "sink")
LANES = ("match", "sink")


def ramp(*segments: tuple[float, int], start: float = 0) -> str:
    """Write a counter in promtool's notation. Each segment is (increase per minute, minutes)."""
    texts, value, first = [], start, True
    for step, minutes in segments:
        begin = value if first else value + step
        texts.append(f"{begin:g}{step:+g}x{minutes if first else minutes - 1}")
        value, first = value + step * minutes, False
    return " ".join(texts)


def steps(*segments: tuple[float, int]) -> str:
    """Write a gauge in promtool's notation. Each segment is (value, minutes)."""
    return " ".join(f"{value:g}x{minutes}" if minutes else f"{value:g}" for value, minutes in segments)


def ended(value: str) -> str:
    """Write a series that ends: it becomes stale, as after a failed scrape."""
    return f"{value} stale"


def target(stage: str) -> str:
    """Write the labels that the scrape of a stage adds."""
    return f'job="copydesk",instance="{stage}:8080"'


def describe_healthy(minutes: int) -> dict[str, str]:
    """Write all series that a rule reads, for a healthy desk with sixty articles per minute."""
    whole, none = ramp((60, minutes)), ramp((0, minutes))
    series: dict[str, str] = {}
    for stage in STAGES:
        at = target(stage)
        series |= {
            f'up{{{at},host="{stage}"}}': steps((1, minutes)),
            f'copydesk_build_info{{{at},service="{stage}"}}': steps((1, minutes)),
            f"process_start_time_seconds{{{at}}}": steps((1000, minutes)),
            f"process_resident_memory_bytes{{{at}}}": steps((3e8, minutes)),
            f"copydesk_workers_memory_bytes{{{at}}}": steps((5e8, minutes)),
            f"copydesk_memory_limit_bytes{{{at}}}": steps((2e9, minutes)),
            f'copydesk_ready{{{at},stage="{stage}"}}': steps((1, minutes)),
            f'copydesk_taken_total{{{at},stage="{stage}"}}': whole,
            f'copydesk_in_flight_articles{{{at},stage="{stage}"}}': steps((0, minutes)),
        }
    outcomes = {
        ("ingest", "published"): whole, ("ingest", "rejected"): none,
        ("annotate", "annotated"): whole, ("annotate", "dead_lettered"): none,
        ("match", "enriched"): ramp((58, minutes)), ("match", "repeated"): ramp((2, minutes)),
        ("match", "dead_lettered"): none,
        ("sink", "routed"): ramp((50, minutes)), ("sink", "unmatched"): ramp((10, minutes)),
        ("sink", "dead_lettered"): none,
    }  # fmt: skip
    for (stage, outcome), values in outcomes.items():
        series[articles(stage, outcome)] = values
    for reason in ("overloaded", "broker_unavailable", "invalid_article"):
        series[rejections(reason)] = none
    for stage in STAGES[1:]:
        at = f'{target(stage)},stage="{stage}"'
        series |= {
            f'copydesk_consumer_lag_messages{{{at},topic="t"}}': steps((2, minutes)),
            f'copydesk_consumer_lag_seconds{{{at},topic="t"}}': steps((0.1, minutes)),
            f"copydesk_last_progress_timestamp_seconds{{{at}}}": whole,
            f"copydesk_lag_observed_timestamp_seconds{{{at}}}": whole,
            f"copydesk_partitions_held_count{{{at}}}": steps((6, minutes)),
            f"copydesk_rebalances_total{{{at}}}": none,
            f"copydesk_lost_to_retention_total{{{at}}}": none,
            f'copydesk_freshness_seconds_bucket{{{at},le="1.0"}}': whole,
            f"copydesk_freshness_seconds_count{{{at}}}": whole,
        }
        for reason in ("unexpected", "worker_died", "invalid_json"):
            series[dead_letters(stage, reason)] = none
    for stage in LANES:
        at = f'{target(stage)},stage="{stage}"'
        series[f'copydesk_restore_duration_seconds_bucket{{{at},le="30.0"}}'] = ramp((0, minutes), start=6)
        series[f"copydesk_restore_duration_seconds_count{{{at}}}"] = ramp((0, minutes), start=6)
        series[f"copydesk_stale_offsets_total{{{at}}}"] = none
    series[f"copydesk_rules_rejected{{{target('sink')}}}"] = steps((0, minutes))
    at = target("annotate")
    for reason in ("worker_died", "timed_out"):
        series[f'copydesk_worker_losses_total{{{at},reason="{reason}"}}'] = none
    series[f'copydesk_incomplete_total{{{at},part="entities",reason="unsupported_language"}}'] = ramp((6, minutes))
    series[f'copydesk_incomplete_total{{{at},part="entities",reason="enricher_failed"}}'] = none
    series[f'copydesk_model_info{{{at},name="encoder",sha256="a"}}'] = steps((1, minutes))
    series[verdicts("original")] = ramp((40, minutes))
    series[verdicts("exact")] = ramp((10, minutes))
    series[verdicts("near")] = ramp((8, minutes))
    series[stories("copydesk_stories_fullest_ratio")] = steps((0.2, minutes))
    series[stories("copydesk_story_merges_total")] = ramp((0.5, minutes))
    series[story_articles("opened")] = ramp((30, minutes))
    series[story_articles("joined")] = ramp((28, minutes))
    series[f"copydesk_feed_failing_count{{{target('ingest')}}}"] = steps((0, minutes))
    return series


def articles(stage: str, outcome: str) -> str:
    """Write the name of the series of an outcome."""
    return f'copydesk_articles_total{{{target(stage)},stage="{stage}",outcome="{outcome}"}}'


def rejections(reason: str) -> str:
    """Write the name of the series of a rejection's reason."""
    return f'copydesk_rejections_total{{{target("ingest")},reason="{reason}"}}'


def dead_letters(stage: str, reason: str) -> str:
    """Write the name of the series of a dead letter's reason."""
    return f'copydesk_dead_letters_total{{{target(stage)},stage="{stage}",reason="{reason}"}}'


def verdicts(verdict: str) -> str:
    """Write the name of the series of a verdict."""
    return f'copydesk_verdicts_total{{{target("match")},verdict="{verdict}"}}'


def stories(metric: str) -> str:
    """Write the name of a series about the stories of match."""
    return f"{metric}{{{target('match')}}}"


def story_articles(place: str) -> str:
    """Write the name of the series of articles that came to their stories in one way."""
    return f'copydesk_story_articles_total{{{target("match")},place="{place}"}}'


def stage_series(metric: str, stage: str, extra: str = "") -> str:
    """Write the name of a series with a stage label; `extra` holds more labels."""
    return f'{metric}{{{target(stage)},stage="{stage}"{extra}}}'


@dataclass(frozen=True)
class Scenario:
    """One fault, or one situation that looks like a fault and must raise nothing."""

    name: str
    alert: str
    replaced: Mapping[str, str]
    quiet: tuple[int, ...]
    loud: tuple[int, ...]
    count: int = 1
    """Number of series for which the alert fires."""
    besides: Mapping[str, int] = field(default_factory=dict)
    """Other alerts that the same fault must raise, with their number of series."""

    @property
    def minutes(self) -> int:
        """Length of the scenario in minutes."""
        return max(*self.quiet, *self.loud) + 5

    def describe(self) -> dict[str, Any]:
        """Return the test in promtool's format."""
        series = describe_healthy(self.minutes) | dict(self.replaced)
        firing = {self.alert: self.count, **self.besides} if self.loud else {}
        return {
            "name": self.name,
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "promql_expr_test": [
                *(expect(minute, {}) for minute in self.quiet),
                *(expect(minute, firing) for minute in self.loud),
            ],
        }


def expect(minute: int, firing: Mapping[str, int]) -> dict[str, Any]:
    """Write the expectation that exactly these alerts fire at a minute."""
    return {
        "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
        "eval_time": f"{minute}m",
        "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": count} for name, count in firing.items()],
    }
