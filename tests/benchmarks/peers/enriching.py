"""Work of every peer on a record: our own enrichment, from the same package, in the peer's process."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from services.cli.articles.enrich import LocalEnricher, build_enricher
from services.contracts.raw import RawArticle

ARRIVED = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def _load_enricher() -> LocalEnricher:
    return build_enricher()


def warm_up() -> None:
    """Load the models, so that no figure includes the loading."""
    enrich_bytes(RawArticle(content="A first sentence about Valletta.").to_bytes())


def enrich_bytes(value: bytes) -> bytes:
    """Return the bytes of the event for the bytes of a raw article."""
    return _load_enricher().enrich(RawArticle.model_validate_json(value), ARRIVED).to_bytes()
