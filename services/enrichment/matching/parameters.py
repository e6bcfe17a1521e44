"""What matching is set to, each with the measured reason beside it.

"The labelled pages" are 1,215 extractions of 97 pages by 13 tools, scored by pairs after clustering: F1 0.981 on the
half that the parameters were chosen on, 0.985 on the other, which the figures below are of, and 0.983 on the whole;
precision is 1.000 throughout. The wire stories are 10,593 of Reuters and the BBC; 123 of them are called near and 30
excerpts. Each figure is of one parameter changed, most of them with `short_containment` a fixed 0.85.
"""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.enrichment.matching.segments import BUCKET_SIZE

HOUR_MS = 3_600_000


class MatchParameters(BaseModel):
    """The parameters of a match index. Changing one changes verdicts: a shard keeps them for as long as its log."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    window_ms: int = Field(default=72 * HOUR_MS, gt=0)
    """How long after an original its copies are recognised, in milliseconds of event time, to the hour."""
    remembered_ms: int = Field(default=8 * 24 * HOUR_MS, gt=0)
    """How long an id is known, in milliseconds of event time, to the hour; as `contracts.topics.REMEMBERED_MS`."""
    threshold: float = Field(default=0.15, gt=0.0, le=1.0)
    """Estimated Jaccard similarity from which a long article can be a copy. Low, because a copy that lost most of its
    text has little of it: containment tells it from a stranger. At 0.10 the labelled pages do as well, and ten more
    of 10,593 wire stories become near; at 0.20, F1 is 0.003 lower, at 0.30, 0.004."""
    containment: float = Field(default=0.6, ge=0.0, le=1.0)
    """Share of the shorter article's shingles that must be the longer one's too. From 0.5 to 0.7 the labelled pages
    do as well; at 0.8, F1 is 0.002 lower."""
    short_threshold: float = Field(default=0.8, gt=0.0, le=1.0)
    """The similarity that the shortest articles need, falling evenly to `threshold` at `long_shingles`: two market
    reports of sixty words share half of them and no fact. At 0.6 the wire stories have 37 more near-duplicates, mostly
    such reports, and the labelled pages gain 0.002 of F1; at 0.9 they lose nothing and the stories have 14 less."""
    short_containment: float = Field(default=1.0, ge=0.0, le=1.0)
    """The containment at which an article of any similarity is a part of another, for the shortest ones, falling evenly
    to `containment` at `long_shingles`. A fixed 0.85 instead calls as many wire stories near, more of them filled
    forms, and F1 is 0.001 lower on the half of the pages that it was chosen on, and the same on the other; from 0.9
    falling, F1 is 0.002 higher there, and seven more forms pass."""
    long_shingles: int = Field(default=200, ge=1)
    """Shingles of the shorter article from which `threshold` and `containment` alone hold. At 100 the wire stories have
    49 more near-duplicates, mostly forms; at 300 the labelled pages lose nothing and the stories
    have 17 less."""
    same_host_threshold: float = Field(default=0.6, gt=0.0, le=1.0)
    """The similarity that two pages of one host need: a part in common is what a publisher puts under all of them.
    Reports of 70 words above a disclaimer of 90 have about 0.4. A choice, not a measurement: no labelled set has it."""
    update_containment: float = Field(default=0.5, ge=0.0, le=1.0)
    """Containment from which a later text of the same page is an update: half of it is in the other. The page is
    evidence of its own, so that less text is needed than for `containment`. A choice: no labelled set has updates."""
    excerpt_size: float = Field(default=0.7, gt=0.0, le=1.0)
    """An excerpt has at most this share of the original's shingles: what has more is a copy with a few lines cut."""
    excerpt_containment: float = Field(default=0.8, ge=0.0, le=1.0)
    """Share of an excerpt's shingles that must be the original's. The estimate's error is 0.1 for a part of a third;
    what falls below is called near and loses nothing but the word."""
    bucket_limit: int = Field(default=8, ge=1, le=BUCKET_SIZE // 4)
    """Originals from which a key that they share says nothing: a template that a hundred thousand articles share costs
    no lookup, and what a publisher puts under all its articles makes none of them meet. From 4 to 16 neither the
    labelled pages nor the wire stories change."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.short_threshold < self.threshold:
            raise ValueError("short_threshold must be at least threshold")
        if self.remembered_ms < self.window_ms:
            raise ValueError("remembered_ms must be at least window_ms")
        return self
