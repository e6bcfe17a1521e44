"""What matching is set to, each with the measured reason beside it."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.enrichment.matching.signature import PERMUTATIONS

HOUR_MS = 3_600_000


class MatchParameters(BaseModel):
    """The parameters of a match index. Changing one changes verdicts: a shard keeps them for as long as its log."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    window_ms: int = Field(default=72 * HOUR_MS, gt=0)
    """How long after an original its copies are recognised, in milliseconds of event time, to the hour."""
    remembered_ms: int = Field(default=8 * 24 * HOUR_MS, gt=0)
    """How long an id is known, in milliseconds of event time, to the hour; as `contracts.topics.REMEMBERED_MS`."""
    threshold: float = Field(default=0.15, gt=0.0, le=1.0)
    """Estimated Jaccard similarity from which a long article can be a near-duplicate. Low, because a copy that lost
    most of its text has little of it: containment tells it from a stranger. At 0.10 to 0.20 the labelled pages do as
    well; at 0.5, F1 is 0.02 lower."""
    containment: float = Field(default=0.6, ge=0.0, le=1.0)
    """Share of the shorter article's shingles that must be the longer one's too. From 0.5 to 0.7 the labelled pages
    do as well; at 0.8, F1 is 0.005 lower."""
    short_threshold: float = Field(default=0.8, gt=0.0, le=1.0)
    """The similarity that the shortest articles need, falling evenly to `threshold` at `long_shingles`: two market
    reports of sixty words share half of them and no fact. Of 10,593 wire stories it leaves 237 near-duplicates where
    `threshold` alone calls 320, most of the others such reports; the labelled pages lose nothing."""
    short_containment: float = Field(default=0.85, ge=0.0, le=1.0)
    """The containment at which a short article needs no more than `threshold`: then it is an excerpt. Filled forms
    share 0.6 to 0.8. At 0.75 five more of them pass, at 0.95 the labelled pages lose 0.001 of F1."""
    long_shingles: int = Field(default=200, ge=1)
    """Shingles of the shorter article from which `threshold` alone holds."""
    bands: int = Field(default=42, ge=1)
    """Bands of the signature that are looked up (Indyk and Motwani 1998)."""
    rows: int = Field(default=3, ge=1, le=8)
    """Values of a band; all of them must agree. With 42 bands of 3 two articles of similarity 0.3 meet in 0.69 of
    all cases and two of similarity 0.5 in 0.996; bands of 2 meet more of the rest, but in a million strangers'
    company."""
    bucket_limit: int = Field(default=32, ge=1)
    """Articles with the same band that a lookup compares with, the newest first: a template that a hundred
    thousand articles share costs no more than this."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.bands * self.rows > PERMUTATIONS:
            raise ValueError(f"bands times rows is more than the signature's {PERMUTATIONS} values")
        if self.short_threshold < self.threshold:
            raise ValueError("short_threshold must be at least threshold")
        if self.remembered_ms < self.window_ms:
            raise ValueError("remembered_ms must be at least window_ms")
        return self
