"""Relation of two articles: the kind of copy, or none."""

from __future__ import annotations

from services.contracts.event import Duplicate, Signature
from services.enrichment.matching import MatchIndex, compute_signature, judge_and_remember
from tests.unit.enrichment.matching.articles import change_words, write_text

PAGE = "https://wire.example/2026/03/harbour-bridge-vote-delayed"


def judge_second(first: Signature, second: Signature) -> Duplicate:
    """Return the verdict on the second of two articles."""
    index = MatchIndex()
    judge_and_remember(index, "1", first, 0)
    return index.judge("2", second, 1)


def test_a_later_version_of_a_page_is_an_update() -> None:
    """A half rewritten, longer version of a page is an update; the same text on another page is an original."""
    text = write_text(1, 300)
    later = change_words(text, 40) + " " + write_text(2, 300)
    first = compute_signature(None, text, canonical_url=PAGE, written_s=1_000)
    update = compute_signature(None, later, canonical_url=PAGE, written_s=2_000)
    elsewhere = compute_signature(None, later, canonical_url="https://other.example/harbour")

    found = judge_second(first, update)

    assert (found.verdict, found.duplicate_of, found.matched_on) == ("update", "1", "page")
    assert judge_second(first, elsewhere).verdict == "original"


def test_an_earlier_version_that_arrives_later_is_not_an_update() -> None:
    """A version that was written before the original is a near-duplicate, not an update."""
    text = write_text(1, 300)
    first = compute_signature(None, text, canonical_url=PAGE, written_s=2_000)
    earlier = compute_signature(None, change_words(text, 10), canonical_url=PAGE, written_s=1_000)

    assert judge_second(first, earlier).verdict == "near"


def test_another_article_on_the_same_page_is_an_original() -> None:
    """Another article on the same page is an original, because some pages show other articles every day."""
    first, second = (compute_signature(None, write_text(seed, 300), canonical_url=PAGE) for seed in (1, 2))

    assert judge_second(first, second).verdict == "original"


def test_evidence_reports_what_changed() -> None:
    """The evidence reports a new headline, another number, and the counts of added and removed paragraphs."""
    paragraphs = [write_text(seed, 50) for seed in range(5)]
    text = "\n\n".join(paragraphs)
    first = compute_signature("Bridge approved", f"{text}\n\nIt costs 40 million.")
    changed = "\n\n".join([*paragraphs[:5], "It costs 55 million."])
    second = compute_signature("Bridge dearer than planned", changed)

    evidence = judge_second(first, second).evidence

    assert evidence is not None
    assert (evidence.headline_changed, evidence.numbers_changed) == (True, True)
    assert (evidence.paragraphs_added, evidence.paragraphs_removed) == (1, 1)
    assert 0.7 * evidence.total_shingles < evidence.shared_shingles <= evidence.total_shingles


def test_an_unknown_headline_is_not_reported_as_changed() -> None:
    """If one article has no headline, the evidence does not say whether headlines changed."""
    text = write_text(1, 300)
    evidence = judge_second(
        compute_signature("A headline", text), compute_signature(None, change_words(text, 9))
    ).evidence

    assert evidence is not None
    assert evidence.headline_changed is None


def test_boilerplate_of_a_publisher_makes_no_duplicates() -> None:
    """Fifty short reports of one host that share a longer disclaimer are fifty originals."""
    disclaimer = write_text(0, 90)
    index = MatchIndex()
    for number in range(1, 51):
        url = f"https://wire.example/{number}"
        signature = compute_signature(None, f"{write_text(number, 70)}\n\n{disclaimer}", canonical_url=url)
        record = judge_and_remember(index, str(number), signature, number)
        assert record is not None
        assert record.duplicate.verdict == "original"
    assert index.bucket_limit_hits > 0


def test_boilerplate_of_an_agency_makes_no_duplicates() -> None:
    """Short reports of many hosts with the same last lines are originals, and a copy of each is found."""
    lines = write_text(0, 60)
    index = MatchIndex()
    texts = [f"{write_text(number, 80)}\n\n{lines}" for number in range(1, 51)]
    for number, text in enumerate(texts):
        url = f"https://host{number}.example/news/{number}"
        record = judge_and_remember(index, str(number), compute_signature(None, text, canonical_url=url), number)
        assert record is not None
        assert record.duplicate.verdict == "original"
    for number, text in enumerate(texts):
        copy = compute_signature(None, change_words(text, 4, seed=number))
        assert index.judge("copy", copy, 100).duplicate_of == str(number)
