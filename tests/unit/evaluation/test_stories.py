"""Scores of stories: arithmetic, orders of arrival, predictions and errors."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest

from services.cli.stories.invented.events import read_events
from services.enrichment.stories.features.extraction import extract_features
from services.enrichment.stories.parameters import DAY_MS
from services.enrichment.stories.similarity.comparison import find_present
from services.errors import PermanentError
from services.evaluation.stories.clustering import Arrival, Clustering, cluster, list_orders, prepare_row
from services.evaluation.stories.report import evaluate_stories, read_features, score_pair
from services.evaluation.stories.scoring import count_merges, score_b_cubed

FIRE = "A fire at the Brackwell paper mill killed three workers on Monday, fire chief Nora Quist said."
FIRE_TOO = "Fire chief Nora Quist said three workers had died in Monday's blaze at the paper mill in Brackwell."
VOTE = "The parliament of Sundria rejected the pension bill of prime minister Aldo Ferrante on Tuesday."
ROWS = [
    {"id": "a", "event": "fire", "text": FIRE},
    {"event": "vote", "text": VOTE},
    {"event": "fire", "text": FIRE_TOO},
]


def test_b_cubed_is_the_mean_over_rows() -> None:
    """The scores are those of a worked example: three rows of one event in two stories, one of which has a stranger."""
    scores = score_b_cubed(["x", "x", "x", "y"], ["1", "1", "2", "2"])
    assert scores["precision"] == round((1 + 1 + 0.5 + 0.5) / 4, 4)
    assert scores["recall"] == round((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4, 4)


def test_events_are_found_in_every_order() -> None:
    """Two reports of one event are one story in three orders of arrival, and predictions keep the file's order."""
    out = io.StringIO()
    scores = evaluate_stories(ROWS, out)
    assert (scores["precision"], scores["recall"], scores["f1"]) == (1.0, 1.0, 1.0)
    assert set(scores["orders"]) == {"file", "reversed", "shuffled"}
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(line["id"], line["event"]) for line in lines] == [("a", "fire"), ("2", "vote"), ("3", "fire")]
    assert lines[0]["story"] == lines[2]["story"] != lines[1]["story"]


def test_times_are_kept_in_every_order() -> None:
    """With times, the reverse mirrors them, and in the third order each article is at most a day late."""
    times = [f"2026-03-0{day}T10:00:00Z" for day in (1, 2, 9)]
    rows = [prepare_row({**row, "at": at}, 1) for row, at in zip(ROWS, times, strict=True)]
    straight, mirrored, late = list_orders(rows)
    assert [one.number for one in straight] == [0, 1, 2] and [one.number for one in mirrored] == [2, 1, 0]
    assert mirrored[1].log_ms - mirrored[0].log_ms == straight[2].log_ms - straight[1].log_ms
    by_number = {one.number: one.log_ms for one in straight}
    assert all(0 <= one.log_ms - by_number[one.number] < DAY_MS for one in late)


def cluster_as(joined: str, stories: str) -> Clustering:
    """Return a clustering of rows that arrived in the order of the file; each letter is a story."""
    order = [Arrival(number, number) for number in range(len(joined))]
    return Clustering(list(joined), list(stories), order, 1.0)


@pytest.mark.parametrize(
    ("events", "joined", "stories", "expected"),
    [
        ("xxx", "aba", "aaa", {"all": 1, "wanted": 1, "made": 1, "wrong": 0}),
        ("xxx", "aba", "aba", {"all": 0, "wanted": 1, "made": 0, "wrong": 0}),
        # No article of the event arrives after the one that opened the second story.
        ("xxy", "abc", "abc", {"all": 0, "wanted": 0, "made": 0, "wrong": 0}),
        # The second story of x is merged into a story of y.
        ("xyyxx", "abbcc", "abbbb", {"all": 1, "wanted": 1, "made": 0, "wrong": 1}),
        # The event of a story is that of most of its articles: b is of y, so that x has one story.
        ("xyyx", "abbb", "abbb", {"all": 0, "wanted": 0, "made": 0, "wrong": 0}),
        # The second and third are merged, but not with the first.
        ("xxxx", "abcd", "abbd", {"all": 1, "wanted": 2, "made": 1, "wrong": 0}),
    ],
)
def test_merges_are_counted(events: str, joined: str, stories: str, expected: dict[str, int]) -> None:
    """Worked examples give the merges that happened, that should have, and that were wrong."""
    rows = [prepare_row({"event": event, "text": FIRE}, 1) for event in events]
    assert count_merges(rows, cluster_as(joined, stories)) == expected


def test_a_merge_is_remembered_to_the_end_of_a_file() -> None:
    """Articles of a merged story are in the story that it was merged into, even if months follow."""
    texts = {row["id"]: row for row in read_events()}
    part = [texts[f"crash-ostrava-bus-{number}"] for number in range(5)]
    rows = [prepare_row(row, 1) for row in (*part, {"event": "z", "text": VOTE, "at": "2027-01-01T00:00:00Z"})]
    found = cluster(rows, list_orders(rows)[0])
    assert len(set(found.joined[:5])) == 2 and len(set(found.stories[:5])) == 1


def test_pairs_are_scored() -> None:
    """Rows with a pair and a grade are scored as pairs."""
    rows = [{"a": FIRE, "b": FIRE_TOO, "overall": 1.0}, {"a": FIRE, "b": VOTE, "overall": 4}]
    scores = evaluate_stories(rows)
    assert (scores["f1"], scores["pairs"]) == (1.0, 2)


def test_texts_of_pairs_are_cleaned() -> None:
    """What a page adds to its articles is no evidence that two of them are of one story."""
    page = "\n\nAdvertisement\n\nSign up for our newsletter\n\n© 2026 Baltic Press. All rights reserved."
    scores = []
    for end in ("", page):
        row = {"a": FIRE + end, "b": VOTE + end}
        scores.append(score_pair(read_features(row, "a", 1), read_features(row, "b", 1)))
    assert scores[0] == pytest.approx(scores[1])


def test_the_day_of_arrival_is_no_evidence_of_a_pair() -> None:
    """The year and date of the given day of arrival raise the score of a pair only if no day is given."""
    one, other = (extract_features(None, f"{text} It was on 3 May 2026.", "en") for text in (FIRE, VOTE))
    present = find_present(int(datetime(2026, 5, 3, tzinfo=UTC).timestamp() * 1000))
    assert score_pair(one, other, present) < score_pair(one, other)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"text": "t"}, "line 1: the field `event`"),
        ({"event": "e"}, "line 1: the field `text`"),
        ({"event": "e", "text": "t", "at": "noon"}, "line 1: the field `at`"),
        ({"a": "x", "b": "y", "overall": 1, "at": "noon"}, "line 1: the field `at`"),
        ({"a": "x", "b": "y"}, "line 1: the field `overall`"),
    ],
)
def test_errors_name_the_line(row: dict[str, object], message: str) -> None:
    """A bad row is a permanent error that names line and field."""
    with pytest.raises(PermanentError, match=message):
        evaluate_stories([row])


def test_no_rows_have_no_scores() -> None:
    """A file without rows gives a report without scores."""
    assert evaluate_stories([]) == {"articles": 0}
