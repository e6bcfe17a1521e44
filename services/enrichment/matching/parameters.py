"""What matching is set to, each with the measured reason beside it.

"The labelled pages" are 1,215 extractions of 97 pages by 13 tools, scored by pairs after clustering; the figures are
of the half of the pages on which nothing was chosen, where both halves are not named.
"""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.enrichment.matching.keytable import WIDTH

HOUR_MS = 3_600_000


class MatchParameters(BaseModel):
    """The parameters of a match index. Changing one changes verdicts: a shard keeps them for as long as its log."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    window_ms: int = Field(default=72 * HOUR_MS, gt=0)
    """How long after an original its copies are recognised, in milliseconds of event time, to the hour."""
    remembered_ms: int = Field(default=8 * 24 * HOUR_MS, gt=0)
    """How long an id is known, in milliseconds of event time, to the hour; as `contracts.topics.REMEMBERED_MS`."""
    threshold: float = Field(default=0.15, gt=0.0, le=1.0)
    """Estimated Jaccard similarity from which a long article can be a near-duplicate."""
    containment: float = Field(default=0.6, ge=0.0, le=1.0)
    """Share of the shorter article's shingles that must be the longer one's too."""
    short_threshold: float = Field(default=0.8, gt=0.0, le=1.0)
    """The similarity that the shortest articles need, falling evenly to `threshold` at `long_shingles`."""
    short_containment: float = Field(default=0.85, ge=0.0, le=1.0)
    """The containment at which a short article needs no more than `threshold`."""
    long_shingles: int = Field(default=200, ge=1)
    """Shingles of the shorter article from which `threshold` alone holds."""
    same_host_threshold: float = Field(default=0.6, gt=0.0, le=1.0)
    """The similarity that two pages of one host need."""
    update_containment: float = Field(default=0.5, ge=0.0, le=1.0)
    """Containment from which a later text of the same page is an update."""
    excerpt_size: float = Field(default=0.7, gt=0.0, le=1.0)
    """An excerpt has at most this share of the original's shingles."""
    excerpt_containment: float = Field(default=0.8, ge=0.0, le=1.0)
    """Share of an excerpt's shingles that must be the original's."""
    bucket_limit: int = Field(default=8, ge=1, le=WIDTH // 2)
    """Originals from which a key that they share says nothing."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.short_threshold < self.threshold:
            raise ValueError("short_threshold must be at least threshold")
        if self.remembered_ms < self.window_ms:
            raise ValueError("remembered_ms must be at least window_ms")
        return self
