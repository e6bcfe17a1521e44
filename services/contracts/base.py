"""The base of everything on the wire."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """A frozen value on the wire. Readers ignore fields that they do not know, so that adding one is compatible."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True, ser_json_inf_nan="null")

    def to_bytes(self) -> bytes:
        """The canonical JSON encoding, UTF-8, without blanks; equal values give equal bytes."""
        return self.model_dump_json().encode()
