"""Base class of every message."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """A frozen message. Readers ignore unknown fields, so that adding a field is compatible."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True, ser_json_inf_nan="null")

    def to_bytes(self) -> bytes:
        """Return the canonical JSON encoding: UTF-8, without blanks. Equal values give equal bytes."""
        return self.model_dump_json().encode()
