"""The duplicate verdict of an event, with its evidence."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeInt

from services.contracts.base import Contract, Probability

Verdict = Literal["original", "exact", "near", "update", "excerpt"]
Difference = Literal["headline", "names", "numbers"]


class Evidence(Contract):
    """Figures with which a person can check a verdict."""

    shared_shingles: NonNegativeInt
    """The estimated number of word shingles that both articles have."""
    total_shingles: NonNegativeInt
    """The number of word shingles that at least one of the two articles has."""
    headline_changed: bool | None = None
    """True if the headlines differ; null if an article has no headline, or if all words are the same."""
    numbers_changed: bool | None = None
    """True if the numbers in the two bodies differ; null as for `headline_changed`."""
    paragraphs_added: NonNegativeInt | None = None
    """The number of compared paragraphs that the original does not have; null as for `headline_changed`. At most
    eight paragraphs of each article are compared."""
    paragraphs_removed: NonNegativeInt | None = None
    """The number of compared paragraphs of the original that this article does not have; null as for
    `headline_changed`."""
    differs: tuple[Difference, ...] = ()
    """What says that the two report different things, although they share much of their text. headline: the headlines
    and openings name different things; names, numbers: the same places in the text have other names or numbers. Only
    the verdict original has such entries."""
    similar_to: str | None = None
    """The id of the article with which an original was compared; null for the other verdicts, which name it in
    `duplicate_of`."""

    @property
    def shared_part(self) -> float | None:
        """Part of all word shingles that both articles have, 0 to 1; None without shingles."""
        return self.shared_shingles / self.total_shingles if self.total_shingles else None

    def list_changes(self) -> dict[str, bool]:
        """Return whether the headline and the numbers changed, as far as known and not said by `differs`."""
        changes = {"headline": self.headline_changed, "numbers": self.numbers_changed}
        return {name: changed for name, changed in changes.items() if changed is not None and name not in self.differs}


class Duplicate(Contract):
    """Answer to the question whether the article was seen before, in its shard and within the time window."""

    verdict: Verdict
    """The verdict. original: not seen before; exact: the same words; update: a later version of the same page;
    excerpt: a part of a longer article; near: nearly the same words, or a longer article that contains an earlier
    one."""
    duplicate_of: str | None = None
    """The id of the earliest article that this one repeats; that article is itself an original. Null for an
    original."""
    similarity: Probability | None = None
    """The estimated Jaccard similarity of the word shingles; 1 for an exact duplicate, null for an original."""
    matched_on: Literal["content_hash", "shingles", "page"] | None = None
    """The reason for the verdict. content_hash: the same words; shingles: similar word shingles; page: the same page
    and mostly the same shingles (update). Null for an original."""
    evidence: Evidence | None = None
    """The figures behind the verdict. For an original they are about the most similar earlier article of which it is no
    copy, because the two report different things (`evidence.differs`); null if there is no such article."""
