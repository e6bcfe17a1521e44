"""What every peer does to a record: our own enrichment, from the same package, in its process."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from services.cli.enrich import PlainDesk, open_desk
from services.contracts.raw import RawArticle

ARRIVED = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def _desk() -> PlainDesk:
    return open_desk()


def warm_up() -> None:
    """Load the models, so that loading is in nobody's figure."""
    enrich_bytes(RawArticle(content="A first sentence about Valletta.").to_bytes())


def enrich_bytes(value: bytes) -> bytes:
    """A raw article's bytes to its event's."""
    return _desk().enrich(RawArticle.model_validate_json(value), ARRIVED).to_bytes()
