"""Templates and copies: which articles with common words report different things."""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path

import pytest

from services.contracts.event import Duplicate, Signature
from services.contracts.state.verdict_log import VerdictRecord
from services.enrichment.matching import MatchIndex, compute_signature, judge_and_remember
from services.enrichment.matching.differences import compare_facts
from services.enrichment.matching.memory.hourly_expiry import HOUR_MS
from services.enrichment.matching.signatures.slots import extract_subject
from tests.support.forms import (
    ABOUT,
    BODY,
    FORMS,
    HEADLINE,
    MARSH,
    OBITUARY,
    PARAGRAPHS,
    RELEASES,
    Form,
)

HOSTS = ("one.example", "two.example")


def judge_second(
    first: tuple[str | None, str],
    second: tuple[str | None, str],
    host: str = HOSTS[1],
    page: str = "second",
    days: tuple[int | None, int | None] = (None, None),
) -> Duplicate:
    """Judge the second of two articles, given as headline and body; `host` and `page` are those of the second."""
    index = MatchIndex()
    urls = f"https://{HOSTS[0]}/news/first-report-of-some-event", f"https://{host}/news/{page}-report-of-some-event"
    one, other = (
        compute_signature(*article, canonical_url=url, published_day=day)
        for article, url, day in zip((first, second), urls, days, strict=True)
    )
    judge_and_remember(index, "1", one, 0)
    return index.judge("2", other, 1)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_reports_of_one_form_are_originals(form: Form, host: str) -> None:
    """Reports that fill one form with other facts are no copies of each other, on one host or two."""
    for first, second in combinations(form.write(), 2):
        assert judge_second(first, second, host).verdict == "original"


@pytest.mark.parametrize("host", HOSTS)
def test_releases_above_the_same_lines_are_originals(host: str) -> None:
    """Two releases on different things above one "About us" are no copies."""
    releases = [(headline, f"{text}\n\n{ABOUT}") for headline, text in RELEASES]

    for first, second in combinations(releases, 2):
        assert judge_second(first, second, host).verdict == "original"


def test_the_evidence_of_an_original_says_why() -> None:
    """The evidence names the similar article and what differs; an article like no other has none."""
    first, second = FORMS["obituaries"].write()
    found = judge_second(first, second)

    assert (found.duplicate_of, found.similarity, found.matched_on) == (None, None, None)
    assert found.evidence is not None
    assert found.evidence.similar_to == "1"
    assert found.evidence.differs == ("headline", "names", "numbers")
    assert 0 < found.evidence.shared_shingles < found.evidence.total_shingles
    assert judge_second(first, (HEADLINE, BODY)).evidence is None


@pytest.mark.parametrize(
    ("form", "differs"), [("Chinese weather", {"numbers"}), ("a law firm's notices", {"headline", "names"})]
)
def test_what_differs_is_named(form: str, differs: set[str]) -> None:
    """Tables of one place differ in numbers alone, notices on two companies in their names."""
    first, second = FORMS[form].write()[:2]
    evidence = judge_second(first, second).evidence

    assert evidence is not None
    assert set(evidence.differs) >= differs


def test_releases_differ_in_the_headline() -> None:
    """Releases that share only the lines below differ in headline and opening, and in nothing else that is compared."""
    first, second = ((headline, f"{text}\n\n{ABOUT}") for headline, text in RELEASES[:2])
    evidence = judge_second(first, second).evidence

    assert evidence is not None
    assert evidence.differs == ("headline",)


CORRECTIONS = [
    [("Edna Marsh", "Edna Marsch")],
    [("91", "90")],
    [("Culver,", "Calver,")],
    [("June 4", "July 4")],
    [("1934", "1943"), ("31", "13")],
    [("Mrs Marsh", "Mrs Marsch"), ("2 p.m.", "3 p.m.")],
]


@pytest.mark.parametrize("corrections", CORRECTIONS)
@pytest.mark.parametrize("headline", ["Edna Marsh", "Correction: Edna Marsh", None])
def test_a_correction_of_a_short_report_is_a_copy(corrections: list[tuple[str, str]], headline: str | None) -> None:
    """A report with a corrected name, number or date, or with two, stays a copy: a form would have changed more."""
    text = corrected = OBITUARY.format(**MARSH)
    for correction in corrections:
        corrected = corrected.replace(*correction)

    assert judge_second(("Edna Marsh", text), (headline, corrected)).verdict == "near"


FLASH = (
    "Salt prices at Culver rose on {day} as rain kept the carts at home. A sack cost {price} marks at noon, traders "
    "said. The market is open again after lunch, when ships from Ballard are expected with salt of the last harvest."
)


def test_a_flash_of_another_day_is_an_original() -> None:
    """One other number is a correction on the day of the report, and the next report on another day."""
    flash, other = (("Salt dearer", FLASH.format(day="Monday", price=price)) for price in (41, 43))

    assert judge_second(flash, other).verdict == "near"
    assert judge_second(flash, other, days=(100, 100)).verdict == "near"
    assert judge_second(flash, other, days=(100, None)).verdict == "near"
    found = judge_second(flash, other, days=(100, 101))
    assert found.verdict == "original"
    assert found.evidence is not None
    assert found.evidence.differs == ("numbers",)


@pytest.mark.parametrize(("hours", "verdict"), [(2, "near"), (17, "near"), (24, "original")])
def test_a_day_between_the_arrivals_counts_where_the_day_is_unknown(hours: int, verdict: str) -> None:
    """One other number is a correction within hours and the next report about a day later."""
    flash, other = (compute_signature("Salt dearer", FLASH.format(day="", price=price)) for price in (41, 43))
    index = MatchIndex()
    judge_and_remember(index, "1", flash, 0)

    assert index.judge("2", other, hours * HOUR_MS).verdict == verdict
    assert index.judge("3", flash, hours * HOUR_MS).verdict == "exact"


def test_texts_that_open_with_other_dates_are_of_other_days() -> None:
    """Another weekday and another number say that a form was filled again; another weekday alone is a correction."""
    flash = "Salt dearer", FLASH.format(day="Monday", price=41)

    assert judge_second(flash, ("Salt dearer", FLASH.format(day="Tuesday", price=41))).verdict == "near"
    found = judge_second(flash, ("Salt dearer", FLASH.format(day="Tuesday", price=43)))
    assert found.verdict == "original"
    assert found.evidence is not None
    assert "numbers" in found.evidence.differs


NOTICE = (
    "The Bank of Culver entered the market at {time} to lend {sum} million marks to the brokers, a spokesman said. "
    "Brokers said that notes were trading at {rate} percent when the bank began its {kind} supply of money."
)


def test_a_form_that_is_known_is_no_correction() -> None:
    """One other number is no correction where a third report fills the same form with other numbers throughout."""
    first, third, second = (
        compute_signature("Bank lends money", NOTICE.format(**values))
        for values in (
            {"time": "noon", "sum": 15, "rate": "6.1", "kind": "temporary and indirect"},
            {"time": "half past ten in the morning", "sum": 90, "rate": "7.4", "kind": "lasting and quite direct"},
            {"time": "noon", "sum": 15, "rate": "6.3", "kind": "temporary and indirect"},
        )
    )
    alone, form = MatchIndex(), MatchIndex()
    judge_and_remember(alone, "1", first, 0)
    judge_and_remember(form, "1", first, 0)
    record = judge_and_remember(form, "2", third, 1)
    assert record is not None
    assert record.duplicate.verdict == "original"

    assert alone.judge("3", second, 2).verdict == "near"
    assert form.judge("3", second, 2).verdict == "original"


def test_a_copy_of_another_day_is_a_copy() -> None:
    """A copy that appears a day later with the numbers of its original is a copy, and so is one long after."""
    later = ("Old market sold in Culver", f"By Nina Holt\n\n{BODY}")

    assert judge_second((HEADLINE, BODY), later, days=(100, 101)).verdict == "near"
    assert judge_second((HEADLINE, BODY), (later[0], BODY.replace("1948", "1949")), days=(1, 2)).verdict == "near"


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(
    "corrections",
    [[("3.2 million", "2.3 million")], [("Fenwick", "Fenwyck"), ("nine to six", "nine to five")], [("1948", "1984")]],
)
def test_a_correction_of_an_article_is_a_copy(corrections: list[tuple[str, str]], host: str) -> None:
    """An article with one or two corrected facts stays a copy under a headline that says so."""
    corrected = BODY
    for correction in corrections:
        corrected = corrected.replace(*correction)

    assert judge_second((HEADLINE, BODY), (f"Correction: {HEADLINE}", corrected), host).verdict == "near"


LAYOUTS = {
    "other headline": ("Fury over sale: 40 flats planned", BODY),
    "lines around it": (
        "Fury over sale: 40 flats planned",
        f"Home News Sport Weather Jobs\n\nBy Nina Holt, Culver correspondent\n\n{BODY}\n\nRead more: Ballard bridge to "
        "close; Lowick school wins prize\n\nShare Tweet Print",
    ),
    "another byline and time": (HEADLINE, f"Nina Holt\n12 May, 14:03\n\n{BODY}\n\nMost read: Ballard bridge; Ned Barr"),
    "a paragraph of its own": (
        "Stallholder hears of sale on telephone",
        f"Tom Reyes, 61, has sold cod in Culver since he was a boy. On Monday he learned that he must go.\n\n{BODY}",
    ),
    "house style": (
        HEADLINE,
        BODY.replace("3.2 million", "3.2m").replace("Mayor Ada", "Mayoress Ada").replace("eleven", "11"),
    ),
    "capitals": ("FISH MARKET SOLD", "\n\n".join(PARAGRAPHS[:4]).upper() + "\n\nENDS"),
    "another cut": (HEADLINE, "\n\n".join([*PARAGRAPHS[:2], *PARAGRAPHS[3:], "The writer lives in Lowick."])),
}


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_copy_in_another_layout_is_a_copy(layout: tuple[str, str], host: str) -> None:
    """Another headline, byline, navigation, style or cut does not make another report, on one host or two."""
    assert judge_second((HEADLINE, f"By Ole Frank\n\n{BODY}"), layout, host).verdict in ("near", "excerpt")


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(
    ("headline", "cut"),
    [("Fish market sold", slice(2)), ("Stallholders not asked", slice(2, 4)), (None, slice(3)), ("Vote?", slice(3, 5))],
)
def test_parts_and_wholes_are_found(headline: str | None, cut: slice, host: str) -> None:
    """A part under its own headline is an excerpt of the whole, and the whole after it a copy, on one host or two."""
    part = (headline, "\n\n".join(PARAGRAPHS[cut]))

    assert judge_second((HEADLINE, BODY), part, host).verdict == "excerpt"
    assert judge_second(part, (HEADLINE, BODY), host).verdict == "near"


def test_a_rewritten_version_on_one_host_is_found() -> None:
    """A version of which half was rewritten, on another page of the host, is a copy when it opens alike."""
    later = [PARAGRAPHS[0], PARAGRAPHS[1], "The region's court stopped the sale late on Tuesday.", *PARAGRAPHS[3:]]
    rewritten = "\n\n".join([*later, "Lindqvist and Daughters declined to say whether they would wait for a judgment."])

    assert judge_second((HEADLINE, BODY), ("Court stops sale of fish market", rewritten), HOSTS[0]).verdict == "near"


def test_a_later_version_of_a_page_stays_an_update() -> None:
    """The same page is an update, whatever numbers and names it has now."""
    later = BODY.replace("nine to six", "eight to seven").replace("3.2", "3.6").replace("4,100", "5,250")

    assert judge_second((HEADLINE, BODY), (HEADLINE, later), HOSTS[0], "first").verdict == "update"


@pytest.mark.parametrize("headline", ["Forty flats, 11 stalls lost", "Market goes for 3.2 million in 2 years", "9-6!"])
def test_a_number_in_the_headline_is_not_in_the_text(headline: str) -> None:
    """The evidence says that the headline changed; that the numbers changed, it says of the bodies alone."""
    evidence = judge_second((HEADLINE, BODY), (headline, BODY)).evidence

    assert evidence is not None
    assert (evidence.headline_changed, evidence.numbers_changed, evidence.differs) == (True, False, ())


def test_signatures_of_earlier_builds_are_compared_without_facts() -> None:
    """A record without slots says nothing of names and numbers, so that the words alone decide, as they did."""
    first, second = (compute_signature(*article) for article in FORMS["obituaries"].write())
    earlier = first.model_copy(update={"slots": None, "opening": None, "published_day": None})
    index = MatchIndex()
    judge_and_remember(index, "1", earlier, 0)

    found = index.judge("2", second, 1)

    assert found.verdict == "near"
    assert found.evidence is not None
    assert found.evidence.numbers_changed is None


def build_history() -> list[tuple[str, Signature, int]]:
    """Build reports of all forms, and copies of one article among them, ten minutes apart."""
    articles = [article for form in FORMS.values() for article in form.write()]
    articles += [(headline, f"{text}\n\n{ABOUT}") for headline, text in RELEASES]
    articles += [(HEADLINE, BODY), *LAYOUTS.values(), ("Vote?", "\n\n".join(PARAGRAPHS[3:]))]
    shuffled = random.Random(1).sample(articles * 2, 2 * len(articles))
    return [(str(number), compute_signature(*each), number * 600_000) for number, each in enumerate(shuffled)]


@pytest.mark.parametrize("cut", [1, 20, 50])
def test_a_restart_changes_no_verdict_and_no_evidence(tmp_path: Path, cut: int) -> None:
    """An index from the log, read one by one or in bulk, or from a snapshot, goes on with byte-equal verdicts."""
    history = build_history()
    index = MatchIndex()
    before = [judge_and_remember(index, *article) for article in history[:cut]]
    index.save(tmp_path)
    log = [VerdictRecord.model_validate_json(record.to_bytes()) for record in before if record]
    replayed, filled, loaded = MatchIndex(), MatchIndex(), MatchIndex.load(tmp_path)
    for record in log:
        replayed.remember(record)
    filled.remember_many(log)
    filled.build_tables()

    after = [judge_and_remember(index, *article) for article in history[cut:]]

    assert any(record and record.duplicate.evidence and record.duplicate.evidence.differs for record in after)
    for restored in (replayed, filled, loaded):
        assert [judge_and_remember(restored, *article) for article in history[cut:]] == after


def test_facts_in_one_slot_are_paired() -> None:
    """Facts of a slot that occurs several times are compared as a set: an added one is no replaced one."""
    row = "sales at {} marks"
    three, four = ("; ".join(row.format(number) for number in numbers) for numbers in ((5, 7, 9), (5, 6, 7, 9)))

    facts = compare_facts(*(extract_subject(None, text).slots for text in (four, three)))

    assert (facts.equal_numbers, facts.replaced_numbers) == (3, 0)
    assert not any(compare_facts((), extract_subject(None, three).slots))
