"""Signature of an article: equal on every machine, and similar for similar texts."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.event import ResolvedTime
from services.enrichment.matching.signatures.signature import (
    ANCHORS,
    SHORTEST_WORDS,
    compute_signature,
    decode_anchors,
    decode_opening,
    decode_sketch,
    decode_slots,
    first_exact_time_seconds,
    is_wordless,
)
from services.enrichment.matching.signatures.sketch import SIMILARITY, count_equal, read_sketch
from services.errors import PermanentError
from tests.support.repository import ROOT
from tests.unit.enrichment.matching.articles import change_words, write_text

TEXT = "The harbour council met on Monday and voted for the new bridge, which engineers had called overdue for years."


def estimate(one: str, other: str) -> float:
    """Return the estimated Jaccard similarity of two texts."""
    first, second = compute_signature(None, one), compute_signature(None, other)
    assert first.sketch is not None
    assert second.sketch is not None
    return SIMILARITY[count_equal(*(read_sketch(decode_sketch(each)) for each in (first.sketch, second.sketch)))]


def test_a_signature_is_pinned() -> None:
    """The signature of a text never changes, because the verdict log contains signatures of earlier builds."""
    signature = compute_signature("Bridge approved", TEXT)

    assert signature.content_hash == "2dc42dc6ef4c3562b1fadac068148842"
    assert signature.shingles == 19
    assert signature.sketch == (
        "ZOiASU4dC4lAHimR8L7rp3rIXkJLKMIVOE72AypnBq/d/d16ZNE2N4ACX6cZhYBb+FtD1F1LqNfn4GYwlnLQwQ=="
    )
    assert signature.anchors == "Jl3Sr/LeQl+ZzGGvnFCNsvkpa/WrP3+6t5txa5WsIBp8gEThMfr28tkmEP8="
    assert (signature.headline, signature.numbers, signature.paragraphs) == (16893, 1, (44880,))
    assert signature.slots == "AI4H4Q=="
    assert signature.opening == "n48dmJoc4hMJbQg/jzURMvYCHCZ3KA=="


def test_another_process_computes_the_same() -> None:
    """A process with another hash seed computes the same signature."""
    code = (
        "from services.enrichment.matching import compute_signature;"
        f"print(compute_signature(None, {TEXT * 2!r}).model_dump_json())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }

    assert outputs == {compute_signature(None, TEXT * 2).model_dump_json().encode() + b"\n"}


def test_the_headline_counts_as_the_first_line() -> None:
    """A copy whose headline is part of the body has the same words, anchors and sketch."""
    separate, joined = compute_signature("Bridge approved", TEXT), compute_signature(None, f"BRIDGE APPROVED\n\n{TEXT}")

    assert separate.content_hash == joined.content_hash
    assert (separate.sketch, separate.anchors) == (joined.sketch, joined.anchors)


INVISIBLE = {
    "soft hyphens": lambda text: "\u00ad".join(text[place : place + 5] for place in range(0, len(text), 5)),
    "zero-width characters": lambda text: text.replace(" ", " \u200b").replace("e", "e\u200d"),
    "a byte order mark and marks of direction": lambda text: f"\ufeff\u2067{text}\u2069",
    "decomposed accents": lambda text: unicodedata.normalize("NFD", text),
    "soft hyphens between decomposed accents": lambda text: unicodedata.normalize("NFD", text).replace("n", "\u00adn"),
}
ACCENTED = (
    "José Peñalver und Zoë Brückner eröffneten am Sonntag um 11 Uhr in Düsseldorf die Ausstellung über François "
    "Lefèvre, der mit naïven Bildern berühmt wurde.\n\nDie Werke aus Málaga und Nîmes bleiben bis zum Spätherbst."
)


@pytest.mark.parametrize("change", INVISIBLE.values(), ids=INVISIBLE)
@pytest.mark.parametrize("text", [TEXT, ACCENTED])
def test_what_no_reader_sees_makes_no_difference(change: Callable[[str], str], text: str) -> None:
    """Invisible characters, and the two ways to write an accented letter, change no part of the signature."""
    assert compute_signature(change("Brücke für José"), change(text)) == compute_signature("Brücke für José", text)


def test_one_changed_word_changes_the_hash() -> None:
    """Texts that differ in one word have different hashes."""
    assert compute_signature(None, TEXT).content_hash != compute_signature(None, TEXT + " Again.").content_hash


def test_estimates_follow_the_share_of_changed_words() -> None:
    """The estimated similarity falls with the changed words: about 0.89 for 2 % and about 0.57 for 10 %."""
    text = write_text(1, 500)

    assert estimate(text, text) == 1.0
    assert estimate(text, change_words(text, 10)) == pytest.approx(0.89, abs=0.08)
    assert estimate(text, change_words(text, 50)) == pytest.approx(0.57, abs=0.12)
    assert estimate(text, write_text(2, 500)) < 0.05


@pytest.mark.parametrize("words", [0, 1, SHORTEST_WORDS - 1])
def test_a_short_text_has_only_a_hash(words: int) -> None:
    """A text of less than twenty words has neither sketch nor anchors, so that it matches exactly only."""
    signature = compute_signature(None, write_text(3, words))

    assert signature.sketch is None
    assert signature.anchors is None
    assert is_wordless(signature) == (words == 0)


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!", "A" * 100])
def test_an_invalid_sketch_is_a_permanent_error(text: str) -> None:
    """A sketch that cannot be decoded, or has another length, is a permanent error."""
    with pytest.raises(PermanentError):
        decode_sketch(text)


@pytest.mark.parametrize("text", ["AAAA", "not base64!", "AAAAAA" * 16])
def test_invalid_anchors_are_a_permanent_error(text: str) -> None:
    """Anchors that cannot be decoded, are not whole numbers or are too many are a permanent error."""
    with pytest.raises(PermanentError):
        decode_anchors(text)


@pytest.mark.parametrize("decode", [decode_slots, decode_opening])
@pytest.mark.parametrize("text", ["AAAA", "not base64!", "AAAA" * 40])
def test_invalid_slots_and_openings_are_permanent_errors(decode: Callable[[str], object], text: str) -> None:
    """Slots or opening words that cannot be decoded, are not whole or are too many are a permanent error."""
    with pytest.raises(PermanentError):
        decode(text)


def test_an_excerpt_has_its_share_of_the_anchors() -> None:
    """A third of a text has about a third of the text's anchors, and an unrelated text has none of them."""
    shared = 0
    for seed in range(40):
        text = write_text(seed, 600)
        whole, part, other = (
            set(read_anchors(each)) for each in (text, " ".join(text.split()[:200]), write_text(seed + 1_000, 600))
        )
        assert len(whole) == len(part) == ANCHORS
        shared += len(whole & part)
        assert not whole & other

    assert shared / (40 * ANCHORS) == pytest.approx(1 / 3, abs=0.07)


def read_anchors(text: str) -> list[int]:
    """Return the anchors of a text."""
    anchors = compute_signature(None, text).anchors
    assert anchors is not None
    return [int(anchor) for anchor in np.frombuffer(decode_anchors(anchors), "<u4")]


@pytest.mark.parametrize("words", [30, 10_000, 90_000])
def test_length_does_not_matter(words: int) -> None:
    """The estimated similarity depends on the share of changed words, not on the length of the text."""
    text = write_text(5, words)

    assert estimate(text, change_words(text, words // 50)) == pytest.approx(0.89, abs=0.12)


def test_one_long_word_is_hashed() -> None:
    """A text with one word longer than a block has a signature, and another such text has another one."""
    texts = ["x" * 200_000 + " and some words " * 10, "x" * 199_999 + "y and some words " * 10]
    first, second = (compute_signature(None, text) for text in texts)

    assert first.sketch is not None
    assert first.content_hash != second.content_hash


def test_the_time_of_writing_needs_a_precision_of_a_minute() -> None:
    """The time of writing is the first time with a precision of a minute; a day is too coarse."""
    day = ResolvedTime(value=datetime(2026, 3, 1, tzinfo=UTC), precision="day", basis="text")
    minute = ResolvedTime(value=datetime(2026, 3, 1, 9, 5, tzinfo=UTC), precision="minute", basis="metadata")

    assert first_exact_time_seconds(None, day, minute) == 1_772_355_900
    assert first_exact_time_seconds(day) is None


@given(st.text(max_size=400), st.one_of(st.none(), st.text(max_size=60)))
def test_any_text_has_a_signature(body: str, headline: str | None) -> None:
    """Any text has a signature, and the same one each time."""
    assert compute_signature(headline, body) == compute_signature(headline, body)
