"""What is compared of an event, in little memory: a hundred thousand events fit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.contracts.text.folding import fold

COMPARED_APART = frozenset({"entities", "sentiment", "duplicate", "origin", "enrichment"})
"""Parts of an event that `Features` has in fields of their own, and the place in Kafka, which is not compared."""
NOT_COMPARED = frozenset({"ingested_at"})
"""Fields of the article that depend on the clock."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in an event."""

    text: str
    type: str
    polarity: str


@dataclass(frozen=True, slots=True)
class Features:
    """The compared parts of one event."""

    id: str
    headline: str
    revision: str | None
    language: str
    verdict: str
    polarity: str | None
    """Polarity of the article; None if it was not looked for."""
    names: Mapping[str, tuple[Name, ...]]
    """The entities by their folded names."""
    digests: Mapping[str, bytes]
    """A digest of each part that is compared as a whole."""


def read_features(event: Mapping[str, Any]) -> Features:
    """Return what is compared of an event. Raises KeyError, TypeError or AttributeError if it is no event."""
    article = event["article"]
    names: dict[str, list[Name]] = {}
    for entity in event.get("entities") or ():
        name = Name(entity["name"], entity["type"], entity["sentiment"]["polarity"])
        names.setdefault(fold(name.text), []).append(name)
    sentiment = event.get("sentiment")
    return Features(
        id=event["id"],
        headline=article.get("headline") or "",
        revision=(event["enrichment"].get("revision") or {}).get("hash"),
        language=article["language"]["code"],
        verdict=event["duplicate"]["verdict"],
        polarity=sentiment["polarity"] if sentiment else None,
        names={key: tuple(found) for key, found in names.items()},
        digests=_digest_parts(event),
    )


def _digest_parts(event: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the digests: of each field of the article, of each other part, and of the details of the others."""
    parts = {f"article.{name}": value for name, value in event["article"].items() if name not in NOT_COMPARED}
    for name in ("published_at", "modified_at"):
        time = event["article"].get(name)
        if time and time.get("basis") == "fetched" and event["article"].get("fetched_at") is None:
            # The time of arrival stands in for it.
            del parts[f"article.{name}"]
    parts |= {name: value for name, value in event.items() if name not in COMPARED_APART and name != "article"}
    parts |= {name: event.get(name) for name in ("entities", "sentiment", "duplicate")}
    parts["enrichment.incomplete"] = event["enrichment"].get("incomplete")
    return {name: _digest(value) for name, value in parts.items()}


def _digest(value: object) -> bytes:
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=8).digest()
