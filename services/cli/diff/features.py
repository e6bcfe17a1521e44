"""The compared parts of an event, small enough that a hundred thousand events fit in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.contracts.text.folding import fold

PARTLY_COMPARED = frozenset({"article", "enrichment", "origin"})
"""Parts of an event of which only some fields are compared, and the place in Kafka, which is not compared at all."""
OPTIONAL_PARTS = ("entities", "sentiment", "topics", "duplicate")
"""Parts that are compared as null if an event does not have them."""
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
    """Polarity of the article; None if the event has no sentiment."""
    topics: str | None
    """Names of the topics, the main one first; None if they were not looked for."""
    names: Mapping[str, tuple[Name, ...]]
    """The entities by their folded names."""
    digests: Mapping[str, bytes]
    """A digest of each part that is compared as a whole."""


def read_features(event: Mapping[str, Any]) -> Features:
    """Return the compared parts of an event. Raises KeyError, TypeError or AttributeError if it is not an event."""
    article = event["article"]
    names: dict[str, list[Name]] = {}
    for entity in event.get("entities") or ():
        name = Name(entity["name"], entity["type"], entity["sentiment"]["polarity"])
        names.setdefault(fold(name.text), []).append(name)
    sentiment, topics = event.get("sentiment"), event.get("topics")
    return Features(
        id=event["id"],
        headline=article.get("headline") or "",
        revision=(event["enrichment"].get("revision") or {}).get("hash"),
        language=article["language"]["code"],
        verdict=event["duplicate"]["verdict"],
        polarity=sentiment["polarity"] if sentiment else None,
        topics=None if topics is None else ", ".join(topic["name"] for topic in topics),
        names={key: tuple(found) for key, found in names.items()},
        digests=_digest_parts(event),
    )


def _digest_parts(event: Mapping[str, Any]) -> dict[str, bytes]:
    """Return a digest of each compared field of the article, and of each other compared part of the event."""
    parts = {f"article.{name}": value for name, value in event["article"].items() if name not in NOT_COMPARED}
    for name in ("published_at", "modified_at"):
        time = event["article"].get(name)
        if time and time.get("basis") == "fetched" and event["article"].get("fetched_at") is None:
            # The value is the time of arrival, which differs in each run.
            del parts[f"article.{name}"]
    parts |= dict.fromkeys(OPTIONAL_PARTS)
    parts |= {name: value for name, value in event.items() if name not in PARTLY_COMPARED}
    parts["enrichment.incomplete"] = event["enrichment"].get("incomplete")
    return {name: _digest(value) for name, value in parts.items()}


def _digest(value: object) -> bytes:
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=8).digest()
