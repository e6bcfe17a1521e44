"""The software and models behind an event, the missing parts, and the record that it came from."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeInt, PositiveInt

from services.contracts.base import Contract
from services.outcomes import Reason

Part = Literal["cleaning", "language", "entities", "sentiment", "topics", "signature"]


class Model(Contract):
    """A model that made a part of the enrichment."""

    name: str
    """The name of the weights."""
    version: str
    """The version of the weights."""
    sha256: str
    """The SHA-256 of the weights file, in hexadecimal."""


class Incomplete(Contract):
    """A part of the enrichment that is missing, with the reason."""

    part: Part
    """The missing part."""
    reason: Reason
    """The reason, from the closed list."""


class Revision(Contract):
    """Revision of an article's annotation. The same article annotated by other code, models or options is a new one."""

    number: PositiveInt = 1
    """The number of the revision, from 1. It counts the revisions of this article that were published."""
    hash: str
    """The hash over the version of the code, the models that read the article, and the options that concern it."""
    replaces: str | None = None
    """The hash of the revision that this one replaces; null for the first one, and if that one had none."""


class Enrichment(Contract):
    """Software and models that enriched the article, and the missing parts."""

    pipeline: str
    """The version of the code."""
    models: dict[str, Model] = {}
    """The models by the part of the pipeline; empty if no model was used."""
    incomplete: tuple[Incomplete, ...] = ()
    """The missing parts; empty if no part is missing."""
    revision: Revision | None = None
    """The revision of the annotation; null in events of Copydesk 0.1."""


class Origin(Contract):
    """Position of the record from which match made the event."""

    topic: str
    """The topic of the record."""
    partition: NonNegativeInt
    """The partition of the record, which is the shard."""
    offset: NonNegativeInt
    """The offset of the record."""
