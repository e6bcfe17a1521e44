"""Latencies and outcomes in words."""

from __future__ import annotations

from services.cli.desk.arrivals.outcomes import TAIL_SAMPLE, describe_latencies, subtract
from services.outcomes import Stage


def test_the_tail_is_shown_for_many_articles_alone() -> None:
    """Below TAIL_SAMPLE articles only the median is shown, and from there on the 99th percentile too."""
    few = describe_latencies([0.2] * (TAIL_SAMPLE - 1))
    many = describe_latencies([0.2] * TAIL_SAMPLE)
    assert "p50 200 ms" in few and "p99" not in few
    assert "p50 200 ms, p99 200 ms" in many
    assert describe_latencies([]) == "no article reached a route"


def test_outcomes_of_the_warm_up_do_not_count() -> None:
    """The outcomes since an earlier reading are the differences, also of an outcome that is new."""
    before = {Stage.SINK: {"routed": 12}}
    after = {Stage.SINK: {"routed": 15, "unmatched": 2}}
    assert subtract(after, before) == {Stage.SINK: {"routed": 3, "unmatched": 2}}
