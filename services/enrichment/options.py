"""What a user can choose of the enrichment."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class EnrichmentOptions(BaseModel):
    """Options of the annotation pipeline; picklable, so that worker processes build their own."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    weights: str | None = None
    """Folder of the encoder's weights; the ones in the package when absent."""
    max_encoded_words: int = Field(default=5_000, ge=1)
    """Words of an article that go through the encoder, which reads some 9,000 a second: the rest of a longer one
    must not hold its neighbours up. `enrichment.incomplete` says so."""
    on_failure: Literal["degrade", "fail"] = "degrade"
    """degrade: an article goes on without a part that failed; fail: it goes to the dead letters."""
