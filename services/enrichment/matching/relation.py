"""What an article is to an original that it shares words with: its update, an excerpt, a near-duplicate or nothing."""

from __future__ import annotations

from typing import Literal, NamedTuple

from services.contracts.event import Evidence
from services.enrichment.matching.facts import compare_paragraphs
from services.enrichment.matching.parameters import MatchParameters
from services.enrichment.matching.unpacked import Facts

Kind = Literal["update", "excerpt", "near"]


class Overlap(NamedTuple):
    """How much two articles have in common, estimated."""

    similarity: float
    """Jaccard, of the shingles."""
    shared: float
    """Shingles of both: |A and B| = J (|A| + |B|) / (1 + J)."""
    containment: float
    """Of the shorter in the longer; estimates that contradict the sizes make it larger than 1."""


def measure_overlap(new: Facts, old: Facts, similarity: float) -> Overlap:
    """The overlap of two articles of a similarity."""
    shared = similarity * (new.shingles + old.shingles) / (1 + similarity)
    return Overlap(similarity, shared, shared / max(1, min(new.shingles, old.shingles)))


def relate(new: Facts, old: Facts, overlap: Overlap, parameters: MatchParameters) -> Kind | None:
    """What the new article is to the old one; None for a stranger."""
    if overlap.similarity < parameters.threshold:
        return None
    is_same_page = new.page != 0 and new.page == old.page
    if is_same_page and not _is_older(new, old) and overlap.containment >= parameters.update_containment:
        return "update"
    if new.host and new.host == old.host and not is_same_page and overlap.similarity < parameters.same_host_threshold:
        return None
    if not _is_near(min(new.shingles, old.shingles), overlap, parameters):
        return None
    is_part = new.shingles <= parameters.excerpt_size * old.shingles
    return "excerpt" if is_part and overlap.containment >= parameters.excerpt_containment else "near"


def describe(new: Facts, old: Facts, overlap: Overlap) -> Evidence:
    """What a person can check a verdict by."""
    both = new.shingles + old.shingles
    shared = min(round(overlap.shared), new.shingles, old.shingles)
    added, removed = compare_paragraphs(old.paragraphs, new.paragraphs)
    has_paragraphs = bool(new.paragraphs and old.paragraphs)
    return Evidence(
        shared_shingles=shared,
        total_shingles=both - shared,
        headline_changed=new.headline != old.headline if new.headline and old.headline else None,
        numbers_changed=new.numbers != old.numbers if new.numbers and old.numbers else None,
        paragraphs_added=added if has_paragraphs else None,
        paragraphs_removed=removed if has_paragraphs else None,
    )


def _is_older(new: Facts, old: Facts) -> bool:
    """Whether the article that came later was written earlier; where either time is not known, it was not."""
    return 0 < new.written_s < old.written_s


def _is_near(shorter: int, overlap: Overlap, parameters: MatchParameters) -> bool:
    """Whether articles of such a length are similar enough and enough of one is in the other, or so much of it that
    it is a part."""
    shortness = max(0.0, 1 - shorter / parameters.long_shingles)
    part = parameters.containment + (parameters.short_containment - parameters.containment) * shortness
    if overlap.containment >= part:
        return True
    similarity = parameters.threshold + (parameters.short_threshold - parameters.threshold) * shortness
    return overlap.similarity >= similarity and overlap.containment >= parameters.containment
