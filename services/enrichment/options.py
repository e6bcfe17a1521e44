"""What a user can choose of the enrichment."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Profile = Literal["accurate", "fast"]


class EnrichmentOptions(BaseModel):
    """Options of the annotation pipeline; picklable, so that worker processes build their own."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    profile: Profile = "accurate"
    """Which of the package's encoders reads. accurate: finds most; fast: a smaller one, for more articles a core."""
    weights: str | None = None
    """Folder of weights of your own, instead of a profile's."""
    sentence_cache_bytes: int = Field(default=32_000_000, ge=0)
    """Memory of a worker for sentences read before, which wire copy repeats; 0 for none. It changes no result."""
    max_encoded_words: int = Field(default=5_000, ge=1)
    """Words of an article that go through the encoder, which reads some 14,000 a second on one core (fast: 33,000): the
    rest of a longer one must not hold its neighbours up, nor what makes far more word pieces than news does (half as
    many again as words). `enrichment.incomplete` says so."""
    on_failure: Literal["degrade", "fail"] = "degrade"
    """degrade: an article goes on without a part that failed; fail: it goes to the dead letters."""
