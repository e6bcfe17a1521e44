"""Verdicts in few bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.event import Difference, Duplicate, Evidence
from services.enrichment.matching.memory.verdict_rows import (
    DIFFERENCES,
    NONE,
    REASONS,
    VERDICTS,
    pack_verdict,
    unpack_verdict,
)

COUNTS = st.integers(0, 2**32 - 1)
PARAGRAPHS = st.none() | st.integers(0, NONE - 1)
ANSWERS = st.none() | st.booleans()
IDS = st.text(alphabet="0123456789abcdef", min_size=32, max_size=32) | st.text(min_size=1, max_size=40)


@st.composite
def draw_duplicates(draw: st.DrawFn) -> Duplicate:
    """Draw any verdict that match can give, and more."""
    verdict = draw(st.sampled_from(VERDICTS))
    differs: set[Difference] = draw(st.sets(st.sampled_from(DIFFERENCES)))
    other = draw(IDS)
    evidence = Evidence(
        shared_shingles=draw(COUNTS),
        total_shingles=draw(COUNTS),
        headline_changed=draw(ANSWERS),
        numbers_changed=draw(ANSWERS),
        paragraphs_added=draw(PARAGRAPHS),
        paragraphs_removed=draw(PARAGRAPHS),
        differs=tuple(one for one in DIFFERENCES if one in differs),
        similar_to=other if verdict == "original" else None,
    )
    return Duplicate(
        verdict=verdict,
        duplicate_of=other if verdict != "original" else None,
        similarity=draw(st.none() | st.floats(0, 1)),
        matched_on=draw(st.sampled_from(REASONS)),
        evidence=evidence if verdict == "original" else draw(st.none() | st.just(evidence)),
    )


@given(draw_duplicates() | st.just(Duplicate(verdict="original")), st.integers(0, 2**32 - 1))
def test_a_verdict_is_unpacked_as_it_was(duplicate: Duplicate, number: int) -> None:
    """Every field of a verdict survives the packing."""
    assert unpack_verdict(*pack_verdict(duplicate, number)) == duplicate


def test_every_field_of_the_contracts_is_packed() -> None:
    """The fields of a verdict are those that the packing knows: a new one must be added there."""
    assert set(Duplicate.model_fields) == {"verdict", "duplicate_of", "similarity", "matched_on", "evidence"}
    assert set(Evidence.model_fields) == {
        "shared_shingles", "total_shingles", "headline_changed", "numbers_changed", "paragraphs_added",
        "paragraphs_removed", "differs", "similar_to",
    }  # fmt: skip
