"""The check of a run from its topics."""

from __future__ import annotations

from collections import Counter

from services.cli.desk.arrivals.results import RunResults
from services.contracts.topics import ENRICHED
from tests.support.events import build_event
from tests.support.source_records import Record


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
