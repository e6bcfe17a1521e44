"""Base class of every message, and types of fields that several messages have."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class Contract(BaseModel):
    """A frozen message. Readers ignore unknown fields, so that adding a field is compatible."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True, ser_json_inf_nan="null")

    def to_bytes(self) -> bytes:
        """Return the canonical JSON encoding: UTF-8, without blanks. Equal values give equal bytes."""
        return self.model_dump_json().encode()
