"""Outcomes of a run from the counters of its services, and its latencies."""

from __future__ import annotations

from services.cli.desk.arrivals.outcomes import (
    TAIL_SAMPLE,
    describe_latencies,
    is_complete,
    parse_outcomes,
    percentile,
    subtract,
)
from services.outcomes import Outcome, Stage
from tests.unit.cli.desk.arrivals.pages import build_page

LAST_OUTCOMES = {
    Stage.INGEST: (Stage.INGEST, Outcome.REJECTED),
    Stage.ANNOTATE: (Stage.ANNOTATE, Outcome.DEAD_LETTERED),
    Stage.MATCH: (Stage.MATCH, Outcome.REPEATED),
    Stage.SINK: (Stage.SINK, Outcome.UNMATCHED),
}
"""Stage to one of its outcomes that sends nothing to the next stage."""


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


def test_counters_are_read_from_pages() -> None:
    """The outcomes of several /metrics pages are added by stage."""
    pages = [build_page({(Stage.MATCH, Outcome.ENRICHED): 2}), build_page({(Stage.MATCH, Outcome.ENRICHED): 3})]
    assert parse_outcomes(pages)[Stage.MATCH] == {"enriched": 5}


def test_run_is_complete_when_every_stage_has_processed_its_input() -> None:
    """A run is complete if ingest has an outcome for each sent article, and each stage for each input."""
    done = {
        (Stage.INGEST, Outcome.PUBLISHED): 3,
        (Stage.INGEST, Outcome.REJECTED): 1,
        (Stage.ANNOTATE, Outcome.ANNOTATED): 2,
        (Stage.ANNOTATE, Outcome.DEAD_LETTERED): 1,
        (Stage.MATCH, Outcome.ENRICHED): 1,
        (Stage.MATCH, Outcome.REPEATED): 1,
        (Stage.SINK, Outcome.UNMATCHED): 1,
    }
    assert is_complete(parse_outcomes([build_page(done)]), sent=4)
    assert not is_complete(parse_outcomes([build_page(done)]), sent=5)
    for missing in (Stage.INGEST, Stage.ANNOTATE, Stage.MATCH, Stage.SINK):
        one_less = {key: count - 1 if key == LAST_OUTCOMES[missing] else count for key, count in done.items()}
        assert not is_complete(parse_outcomes([build_page(one_less)]), sent=4)


def test_percentiles() -> None:
    """A percentile is the value at the nearest rank."""
    values = [float(n) for n in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1.0)) == (50.0, 99.0, 100.0)
    assert percentile([7.0], 0.5) == 7.0


def test_page_without_a_sample_has_no_outcome() -> None:
    """An empty page, and a page of a service without outcomes, give no outcome."""
    assert parse_outcomes(["", build_page({})]) == {stage: {} for stage in Stage}
