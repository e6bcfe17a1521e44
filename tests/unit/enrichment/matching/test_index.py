"""Index of a shard: a verdict depends on the earlier records and on nothing else."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.contracts import topics
from services.contracts.event import Signature
from services.contracts.state.verdict_log import VerdictRecord
from services.enrichment.matching import MatchIndex, MatchParameters, compute_signature, judge_and_remember
from services.enrichment.matching.memory.hourly_expiry import HOUR_MS
from services.errors import PermanentError
from tests.unit.enrichment.matching.articles import change_words, write_text


def article_id(number: int) -> str:
    """Return an id in the form that Copydesk derives."""
    return hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest()


def judge_all(index: MatchIndex, articles: Sequence[tuple[str, Signature, int]]) -> list[VerdictRecord | None]:
    """Judge and remember articles in order, and return their records."""
    return [judge_and_remember(index, name, signature, moment) for name, signature, moment in articles]


def test_an_equal_copy_is_exact() -> None:
    """The same words under another id are an exact duplicate, even with other capitals and punctuation."""
    index = MatchIndex()
    text = write_text(1)
    judge_and_remember(index, article_id(1), compute_signature("A Bridge", text), 0)

    found = index.judge(article_id(2), compute_signature("a bridge!", text.upper()), 1)

    assert (found.verdict, found.duplicate_of, found.similarity) == ("exact", article_id(1), 1.0)
    assert found.matched_on == "content_hash"


def test_an_article_with_ten_changed_words_is_near() -> None:
    """An article with ten changed words is a near-duplicate, and its evidence agrees with its similarity."""
    index = MatchIndex()
    text = write_text(1, 300)
    judge_and_remember(index, article_id(1), compute_signature(None, text), 0)

    found = index.judge(article_id(2), compute_signature(None, change_words(text, 10)), 1)

    assert (found.verdict, found.duplicate_of, found.matched_on) == ("near", article_id(1), "shingles")
    assert found.similarity is not None
    assert found.evidence is not None
    assert found.similarity == pytest.approx(0.82, abs=0.1)
    assert found.evidence.shared_shingles / found.evidence.total_shingles == pytest.approx(found.similarity, abs=0.01)


def test_a_part_is_an_excerpt() -> None:
    """The first third of an article is an excerpt of it, and a whole that arrives after a part is near to it."""
    text = write_text(1, 600)
    whole, part = (compute_signature(None, each) for each in (text, text[: len(text) // 3]))
    index, other = MatchIndex(), MatchIndex()
    judge_and_remember(index, article_id(1), whole, 0)
    judge_and_remember(other, article_id(2), part, 0)

    found = index.judge(article_id(2), part, 1)

    assert (found.verdict, found.duplicate_of, found.matched_on) == ("excerpt", article_id(1), "shingles")
    assert other.judge(article_id(1), whole, 1).verdict == "near"


def test_unrelated_articles_are_originals() -> None:
    """A thousand articles that share only single words are all originals."""
    index = MatchIndex()
    records = judge_all(index, [(article_id(n), compute_signature(None, write_text(n)), n) for n in range(1_000)])

    assert {record.duplicate.verdict for record in records if record} == {"original"}
    assert index.original_count == index.known_count == 1_000


def test_a_template_filled_with_other_facts_is_an_original() -> None:
    """Two short reports of one form with other names and numbers are originals."""
    index = MatchIndex()
    form = (
        "{} is issuing a {} million eurobond due {} paying {} percent and priced at par, lead manager {} said. The "
        "bond is available in denominations of one thousand and will be listed in Luxembourg. Payment date is {}."
    )
    first = form.format("Pontelar Holding", "sixty", "April 1992", "five", "Baltic Mutual", "the third of March")
    second = form.format("Solvara Group", "ninety", "May 1994", "eight", "Banco Meridional", "the ninth of June")
    judge_and_remember(index, article_id(1), compute_signature(None, first), 0)

    assert index.judge(article_id(2), compute_signature(None, second), 1).verdict == "original"


def test_short_texts_match_exactly_only() -> None:
    """A text of less than twenty words is a copy only if all words are equal."""
    index = MatchIndex()
    judge_and_remember(index, article_id(1), compute_signature(None, "Goal for Cork in the last minute."), 0)

    assert index.judge(article_id(2), compute_signature(None, "goal for Cork in the last minute"), 1).verdict == "exact"
    assert (
        index.judge(article_id(3), compute_signature(None, "goal for Cork in the first minute"), 1).verdict
        == "original"
    )


def test_articles_without_words_are_originals() -> None:
    """Articles without words are not duplicates of each other."""
    index = MatchIndex()
    judge_and_remember(index, article_id(1), compute_signature(None, "…"), 0)

    assert index.judge(article_id(2), compute_signature(None, ""), 1).verdict == "original"


def test_a_duplicate_is_never_of_a_duplicate() -> None:
    """Copies of copies name the original, even if each copy changes more words."""
    index = MatchIndex()
    text = write_text(1, 400)
    texts = [text, *(change_words(text, 12 * step, seed=step) for step in range(1, 6))]
    records = judge_all(index, [(article_id(n), compute_signature(None, each), n) for n, each in enumerate(texts)])

    assert [record.duplicate.duplicate_of for record in records if record] == [None, *[article_id(0)] * 5]


def test_the_earliest_original_is_named() -> None:
    """A duplicate names the original with the earliest event time, and among equal times the one with the lowest id."""
    signature = compute_signature(None, write_text(1, 100))
    originals = [("b", 5), ("c", 4), ("a", 5), ("0", 5)]
    index = MatchIndex()
    for name, moment in originals:
        record = VerdictRecord(
            id=name, event_time_ms=moment, signature=signature, duplicate=MatchIndex().judge(name, signature, moment)
        )
        index.remember(record)

    near = signature.model_copy(update={"content_hash": "00" * 16})

    assert index.judge("x", signature, 9).duplicate_of == "c"
    assert index.judge("x", near, 9).duplicate_of == "c"
    assert index.judge("c", signature, 9).duplicate_of == "0"
    assert index.judge("c", near, 9).duplicate_of == "0"


def test_ids_are_known_longer_than_texts_match() -> None:
    """A text matches for 72 hours, and an id is known for the eight days in the declaration of the topic."""
    index = MatchIndex()
    signature = compute_signature(None, write_text(1))
    judge_and_remember(index, article_id(1), signature, 0)

    assert index.judge(article_id(2), signature, 72 * HOUR_MS).verdict == "exact"
    assert index.judge(article_id(2), signature, 74 * HOUR_MS).verdict == "original"
    judge_and_remember(index, article_id(3), compute_signature(None, write_text(2)), topics.REMEMBERED_MS - HOUR_MS)
    assert index.is_known(article_id(1))
    judge_and_remember(index, article_id(4), compute_signature(None, write_text(3)), topics.REMEMBERED_MS + 2 * HOUR_MS)
    assert not index.is_known(article_id(1))
    assert MatchParameters().remembered_ms == topics.REMEMBERED_MS


def test_a_known_id_gets_no_second_verdict() -> None:
    """A second article with a known id gets no verdict and changes nothing."""
    index = MatchIndex()
    signature = compute_signature(None, write_text(1))

    assert judge_and_remember(index, article_id(1), signature, 0) is not None
    assert judge_and_remember(index, article_id(1), signature, 1) is None
    assert index.original_count == 1


def test_a_late_article_is_remembered_at_the_latest_time() -> None:
    """Event time never goes back: a late article is matched and remembered at the latest time so far."""
    index = MatchIndex()
    signature = compute_signature(None, write_text(1))
    judge_and_remember(index, article_id(1), compute_signature(None, write_text(2)), 100 * HOUR_MS)
    judge_and_remember(index, article_id(2), signature, 0)

    assert index.judge(article_id(3), signature, 150 * HOUR_MS).verdict == "exact"


def test_judging_changes_nothing() -> None:
    """Judging is a lookup: two calls give the same verdict, and nothing is counted."""
    index = MatchIndex()
    signature = compute_signature(None, write_text(1))

    assert index.judge(article_id(1), signature, 10**15) == index.judge(article_id(1), signature, 0)
    assert index.known_count == index.original_count == 0


def test_a_flood_of_one_template_has_bounded_cost() -> None:
    """Among thousands of originals that share most of a page, the limit of articles under one key bounds the lookup.

    The index counts how often the limit is reached.
    """
    parameters = MatchParameters(threshold=0.95, short_threshold=0.95, bucket_limit=8)
    index = MatchIndex(parameters)
    template = write_text(1, 300)
    signatures = [compute_signature(None, change_words(template, 60, seed=number)) for number in range(3_000)]
    times = []
    for number, signature in enumerate(signatures):
        began = time.process_time()
        judge_and_remember(index, article_id(number), signature, 0)
        times.append(time.process_time() - began)

    assert index.original_count == 3_000
    assert index.bucket_limit_hits > 0
    assert sum(times[2_000:]) < 4 * sum(times[200:1_200])


def test_an_anchor_that_an_article_has_twice_counts_once() -> None:
    """An anchor that an article has twice counts as one key, in a growing index and in a restored one."""
    parameters = MatchParameters(bucket_limit=2)
    text = write_text(1, 300)
    anchors = base64.b64encode(b"same" * 2).decode()
    original, copy = (
        compute_signature(None, each).model_copy(update={"anchors": anchors}) for each in (text, change_words(text, 10))
    )
    grown, restored = MatchIndex(parameters), MatchIndex(parameters)
    record = judge_and_remember(grown, article_id(1), original, 0)
    assert record is not None
    restored.remember_many([record])
    restored.build_tables()

    for index in (grown, restored):
        assert index.judge(article_id(2), copy, 1).verdict == "near"


def test_an_unreadable_signature_is_a_permanent_error() -> None:
    """A signature that this build cannot read is a permanent error and leaves the index unchanged."""
    index = MatchIndex()
    for signature in (
        Signature(content_hash="zz", shingles=0),
        Signature(content_hash="00", shingles=0),
        Signature(content_hash="00" * 16, shingles=9, sketch="AAAA"),
        Signature(content_hash="00" * 16, shingles=9, anchors="AAAA"),
        Signature(content_hash="00" * 16, shingles=9, anchors="?"),
    ):
        with pytest.raises(PermanentError):
            judge_and_remember(index, article_id(1), signature, 0)
    assert not index.is_known(article_id(1))


@pytest.mark.parametrize(
    "wrong",
    [{"bucket_limit": 17}, {"threshold": 0.9}, {"remembered_ms": HOUR_MS}, {"window_ms": 0}, {"unknown": 1}],
)
def test_contradictory_parameters_are_rejected(wrong: dict[str, float]) -> None:
    """Parameters that contradict each other or the signature are rejected."""
    with pytest.raises(ValidationError):
        MatchParameters.model_validate(wrong)


@dataclass(frozen=True)
class Step:
    """Article of a history: its text, the number of changed words, its id and its hour."""

    text: int
    changed: int
    name: int
    hours: int


HISTORIES = st.lists(
    st.builds(
        Step,
        text=st.integers(0, 4),
        changed=st.sampled_from([0, 0, 5, 20, 60]),
        name=st.integers(0, 40),
        hours=st.integers(0, 30),
    ),
    max_size=40,
)

SMALL = MatchParameters(window_ms=24 * HOUR_MS, remembered_ms=48 * HOUR_MS, bucket_limit=2)

TEXTS = [write_text(number, 60 + 60 * number) for number in range(5)]


def build_history(steps: Sequence[Step]) -> list[tuple[str, Signature, int]]:
    """Build the articles of a history: time advances by the hours of each step, and every fifth article is late."""
    moment = 0
    articles = []
    for number, step in enumerate(steps):
        moment += step.hours * HOUR_MS
        text = change_words(TEXTS[step.text], step.changed, seed=step.changed)
        late = moment - 3 * HOUR_MS if number % 5 == 4 else moment
        articles.append((article_id(step.name), compute_signature(None, text), max(0, late)))
    return articles


@settings(max_examples=60, deadline=None)
@given(HISTORIES, st.data())
def test_a_restart_changes_no_byte(steps: list[Step], data: st.DataObject) -> None:
    """An index that is restored from the log up to any record gives the same verdicts afterwards, byte for byte."""
    articles = build_history(steps)
    records = judge_all(MatchIndex(SMALL), articles)
    cut = data.draw(st.integers(0, len(articles)))
    restored = MatchIndex(SMALL)
    for record in records[:cut]:
        if record is not None:
            restored.remember(VerdictRecord.model_validate_json(record.to_bytes()))

    assert judge_all(restored, articles[cut:]) == records[cut:]


@settings(max_examples=60, deadline=None)
@given(HISTORIES)
def test_every_verdict_names_an_original_of_the_window(steps: list[Step]) -> None:
    """A duplicate names an original that is earlier and within the window."""
    seen: dict[str, tuple[str, int]] = {}
    latest = 0
    for record in judge_all(MatchIndex(SMALL), build_history(steps)):
        if record is None:
            continue
        latest = max(latest, record.event_time_ms)
        named = record.duplicate.duplicate_of
        if named is not None:
            verdict, moment = seen[named]
            assert verdict == "original"
            assert latest - moment <= SMALL.window_ms + HOUR_MS
        seen[record.id] = (record.duplicate.verdict, latest)


def test_growth_and_expiry_of_tables_change_no_verdict() -> None:
    """Copies are found after the tables have grown, and the rows of expired articles are used again."""
    index = MatchIndex(SMALL)
    texts = [write_text(number, 40) for number in range(1_500)]
    for number, text in enumerate(texts):
        judge_and_remember(index, article_id(number), compute_signature(None, text), 0)
    for number in range(0, 1_500, 50):
        signature = compute_signature(None, texts[number])
        assert index.judge("copy", signature, 0).duplicate_of == article_id(number)
    grown = index.nbytes
    for hour in range(40, 400, 40):
        for number in range(500):
            name = article_id(hour * 10_000 + number)
            judge_and_remember(
                index, name, compute_signature(None, write_text(hour * 1_000 + number, 40)), hour * HOUR_MS
            )

    assert index.original_count == 500
    assert index.nbytes <= 1.1 * grown
