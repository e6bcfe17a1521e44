"""The check of a run from its topics and counters."""

from __future__ import annotations

from collections import Counter

from services.cli.desk.arrivals.outcomes import is_complete, parse_outcomes, percentile
from services.cli.desk.arrivals.results import RunResults
from services.contracts.topics import ENRICHED
from services.outcomes import Outcome, Stage
from tests.support.events import build_event
from tests.support.source_records import Record
from tests.unit.cli.desk.arrivals.pages import build_page

LAST_OUTCOMES = {
    Stage.INGEST: (Stage.INGEST, Outcome.REJECTED),
    Stage.ANNOTATE: (Stage.ANNOTATE, Outcome.DEAD_LETTERED),
    Stage.MATCH: (Stage.MATCH, Outcome.REPEATED),
    Stage.SINK: (Stage.SINK, Outcome.UNMATCHED),
}
"""Stage to one of its outcomes that sends nothing to the next stage."""


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


def test_faults_are_named() -> None:
    """An article without an outcome, with two outcomes, or twice on a route is a fault; any other is not."""
    results = RunResults(enriched=Counter({"good": 1, "twice": 2, "both": 1}), dead=Counter({"both": 1, "dead": 1}))
    for article_id in ("good", "twice", "both"):
        results.routed[article_id]["news"] += 1
    results.routed["good"]["news"] += 1
    faults = "\n".join(results.find_faults(["good", "twice", "both", "dead", "lost"]))
    assert "good: 2 times on route news" in faults
    assert "twice: 2 outcomes" in faults
    assert "both: 2 outcomes" in faults
    assert "lost: neither on a route nor dead-lettered" in faults
    assert "dead" not in faults.replace("dead-lettered", "")


def test_a_revision_is_no_second_outcome() -> None:
    """An event that replaces an earlier one, also on its routes, is no fault, and the later event counts."""
    results = RunResults()
    for headline, headers in (("first", ()), ("second", (("x-copydesk-revision", b"2"),))):
        event = build_event()
        event = event.model_copy(update={"article": event.article.model_copy(update={"headline": headline})})
        for topic in (ENRICHED, "news.routed.news.v1"):
            results.add(Record(event.to_bytes(), b"a", headers, topic))
    assert results.find_faults(["a"]) == []
    assert results.events["a"].article.headline == "second"


def test_percentiles() -> None:
    """A percentile is the value at the nearest rank."""
    values = [float(n) for n in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1.0)) == (50.0, 99.0, 100.0)
    assert percentile([7.0], 0.5) == 7.0


def test_page_without_a_sample_has_no_outcome() -> None:
    """An empty page, and a page of a service without outcomes, give no outcome."""
    assert parse_outcomes(["", build_page({})]) == {stage: {} for stage in Stage}
