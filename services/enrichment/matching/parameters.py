"""Parameters of matching, each with the reason for its default; docs/tuning.md has the scores behind them."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.enrichment.matching.memory.hourly_expiry import HOUR_MS
from services.enrichment.matching.memory.segments import BUCKET_SIZE


class MatchParameters(BaseModel):
    """Parameters of a match index.

    Changing one changes verdicts, so a shard must keep its parameters for as long as its verdict log.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    window_ms: int = Field(default=72 * HOUR_MS, gt=0)
    """Time after an original in which its copies are recognised, in milliseconds of event time, in whole hours."""
    remembered_ms: int = Field(default=8 * 24 * HOUR_MS, gt=0)
    """Time for which an id is known, in milliseconds of event time, in whole hours; equal to
    `contracts.topics.REMEMBERED_MS`."""
    threshold: float = Field(default=0.15, gt=0.0, le=1.0)
    """Estimated Jaccard similarity from which a long article can be a copy. It is low, because a copy that lost most of
    its text has a low similarity; containment distinguishes that copy from an unrelated article. A lower value calls
    more wire stories near and finds no more copies on the labelled pages; a higher one misses copies there."""
    containment: float = Field(default=0.6, ge=0.0, le=1.0)
    """Share of the shorter article's shingles that the longer one must have. The labelled pages score the same from 0.5
    to 0.7, and worse at 0.8."""
    short_threshold: float = Field(default=0.8, gt=0.0, le=1.0)
    """Similarity that the shortest articles need; it falls evenly to `threshold` at `long_shingles`. Two market reports
    of sixty words share half of their words and no fact: a lower value calls such reports near-duplicates."""
    short_containment: float = Field(default=1.0, ge=0.0, le=1.0)
    """Containment at which one of the shortest articles is part of another, whatever their similarity; it falls evenly
    to `containment` at `long_shingles`. A fixed value finds as many copies, but more of them are the same form filled
    in with other facts."""
    long_shingles: int = Field(default=200, ge=1)
    """Shingles of the shorter article from which `threshold` and `containment` alone decide. A lower number calls more
    filled-in forms near-duplicates; a higher one misses no copy on the labelled pages, but finds fewer among wire
    stories."""
    same_host_threshold: float = Field(default=0.6, gt=0.0, le=1.0)
    """Similarity that two pages of one host need if neither has nearly all of the other (`excerpt_containment`). A
    publisher repeats parts under all its pages: two reports of 70 words above a disclaimer of 90 have about 0.4."""
    update_containment: float = Field(default=0.5, ge=0.0, le=1.0)
    """Containment from which a later text of the same page is an update. The common page is evidence too, so that less
    common text is needed than for `containment`. Chosen and not measured: no labelled set has updates."""
    excerpt_size: float = Field(default=0.7, gt=0.0, le=1.0)
    """Maximum share of the original's shingles that an excerpt has: an article with more is a copy with a few lines
    cut."""
    excerpt_containment: float = Field(default=0.8, ge=0.0, le=1.0)
    """Share of an excerpt's shingles that the original must have. The error of this estimate is 0.1 for an excerpt of a
    third of the original. An article below this value is called near instead, which is less precise but not wrong."""
    corrected_facts: int = Field(default=2, ge=0)
    """Names and numbers in common slots that a correction replaces at most. Of corrections of one or two facts in a
    text of any length, none is called another report for it; with a headline that names another thing, as many are
    enough for another report."""
    replaced_share: float = Field(default=0.3, gt=0.0, le=1.0)
    """Share of the names and numbers in common slots that are replaced where one form reports two things, if more than
    `corrected_facts` are. The form itself has names and numbers too, which are always equal. Copies of one story have
    at most 0.12 on the wire, and one revised table 0.27."""
    replaced_share_of_other_day: float = Field(default=0.1, gt=0.0, le=1.0)
    """The same, at least one number among them, for articles that were published on different days: a form that is
    filled in each day. Of the labelled copies of another day none has another number."""
    other_opening: float = Field(default=1 / 3, ge=0.0, le=1.0)
    """Largest share of common words in the headlines, and in headline and opening together, of two reports that have
    only a part below in common, such as the lines about the institute that sent both."""
    other_text: float = Field(default=0.2, ge=0.0, le=1.0)
    """Smallest share of its shingles that each of two such reports has for itself. Of a copy in another layout and its
    original, one has little text of its own."""
    bucket_limit: int = Field(default=8, ge=1, le=BUCKET_SIZE // 4)
    """Number of originals with a key from which the key is ignored. A template that a hundred thousand articles share
    then costs no lookup, and the text that a publisher puts under all its articles does not connect them. Any value
    from 4 to 16 gives the same verdicts on the labelled pages and the wire stories."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.short_threshold < self.threshold:
            raise ValueError("short_threshold must be at least threshold")
        if self.remembered_ms < self.window_ms:
            raise ValueError("remembered_ms must be at least window_ms")
        return self
