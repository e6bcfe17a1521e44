"""The relation of an article to an original with common words: update, excerpt, near-duplicate or none.

Whether the two report different things, although they share most words, is decided in `differences.py`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from services.contracts.event import Difference, Evidence
from services.enrichment.matching.memory.unpacked import Facts
from services.enrichment.matching.parameters import MatchParameters
from services.enrichment.matching.signatures.facts import compare_paragraphs

Relation = Literal["update", "excerpt", "near"]


class Overlap(NamedTuple):
    """Estimates of how much two articles have in common."""

    similarity: float
    """Jaccard similarity of the shingles, 0 to 1."""
    shared: float
    """Number of common shingles: |A and B| = J (|A| + |B|) / (1 + J)."""
    containment: float
    """Share of the shorter article's shingles that the longer one has. It exceeds 1 when the estimated similarity is
    larger than the sizes allow."""

    def measure_own_share(self, shingles: int) -> float:
        """Return the share of an article's shingles that the other one lacks."""
        return max(0.0, 1 - self.shared / max(1, shingles))


def measure_overlap(new: Facts, old: Facts, similarity: float) -> Overlap:
    """Compute the overlap of two articles from their similarity and sizes."""
    shared = similarity * (new.shingles + old.shingles) / (1 + similarity)
    return Overlap(similarity, shared, shared / max(1, min(new.shingles, old.shingles)))


def classify_relation(new: Facts, old: Facts, overlap: Overlap, parameters: MatchParameters) -> Relation | None:
    """Return how the new article relates to the old one; None when it is not a copy."""
    if overlap.similarity < parameters.threshold:
        return None
    is_same_page = is_one_page(new, old)
    if is_same_page and not _is_older(new, old) and overlap.containment >= parameters.update_containment:
        return "update"
    if new.host and new.host == old.host and not is_same_page and not _are_versions(overlap, parameters):
        return None
    if not _is_near(min(new.shingles, old.shingles), overlap, parameters):
        return None
    is_part = new.shingles <= parameters.excerpt_size * old.shingles
    return "excerpt" if is_part and overlap.containment >= parameters.excerpt_containment else "near"


def is_one_page(new: Facts, old: Facts) -> bool:
    """Tell whether two articles are versions of one page."""
    return new.page != 0 and new.page == old.page


def build_evidence(
    new: Facts, old: Facts, overlap: Overlap, *, differs: tuple[Difference, ...] = (), similar_to: str | None = None
) -> Evidence:
    """Build the facts by which a person can check a verdict.

    `differs` and `similar_to` belong to an original that resembles an earlier article.
    """
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
        differs=differs,
        similar_to=similar_to,
    )


def _is_older(new: Facts, old: Facts) -> bool:
    """Return whether the article that arrived later was written earlier; False if one of the two times is unknown."""
    return 0 < new.written_s < old.written_s


def _are_versions(overlap: Overlap, parameters: MatchParameters) -> bool:
    """Tell whether two pages of one host have more in common than the parts that a publisher repeats everywhere."""
    return overlap.similarity >= parameters.same_host_threshold or overlap.containment >= parameters.excerpt_containment


def _is_near(shorter: int, overlap: Overlap, parameters: MatchParameters) -> bool:
    """Return whether two articles are near-duplicates; `shorter` is the number of shingles of the shorter one.

    Two articles are near-duplicates if one contains nearly all of the other, or if they are similar and one contains
    most of the other. Short articles need higher values of both measures.
    """
    shortness = max(0.0, 1 - shorter / parameters.long_shingles)
    part = parameters.containment + (parameters.short_containment - parameters.containment) * shortness
    if overlap.containment >= part:
        return True
    similarity = parameters.threshold + (parameters.short_threshold - parameters.threshold) * shortness
    return overlap.similarity >= similarity and overlap.containment >= parameters.containment
