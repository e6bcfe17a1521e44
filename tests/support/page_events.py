"""Events, and a client of the application, for the tests of the page."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from services.contracts.event import (
    Duplicate,
    EnrichedArticle,
    Entity,
    EntityType,
    Mention,
    Origin,
    Polarity,
    RemovedSpan,
    Verdict,
)
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.page.app import build_app
from services.page.ports import Ports
from services.page.windows.events import EventWindow
from tests.support.events import build_event, build_sentiment

HOSTILE = '<script>window.hacked=1</script><img src=x onerror="window.hacked=1">\'"--></mark>&lt;b&gt;\u202e{{7*7}}'
"""A text that would run a script, end an attribute or leave a template, if it was not escaped."""

BASE = "http://127.0.0.1:8090"
RAW_TEXT = "Home | Sport\nThe port of Bergen was closed.\n\nAnna Berg was pleased.\nUpdated at noon"
"""A raw text whose body is that of `build_page_event`."""
ORIGINAL = Duplicate(verdict="original")


def build_copy_verdict(original: str, verdict: Verdict = "near") -> Duplicate:
    """Return the verdict that an article is a copy."""
    return Duplicate(verdict=verdict, duplicate_of=original, similarity=0.9)


def build_mentioned(name: str, body: str, kind: EntityType = "PER", polarity: Polarity = "neutral") -> Entity:
    """Return an entity with a mention at each place of the body that has its name."""
    starts = [at for at in range(len(body)) if body.startswith(name, at)]
    mentions = tuple(Mention(field="body", start=at, end=at + len(name), text=name, probability=0.9) for at in starts)
    return Entity(
        id=f"e{len(name)}", name=name, type=kind, salience=0.5, sentiment=build_sentiment(polarity), mentions=mentions
    )


def build_page_event(
    article_id: str = "a" * 32,
    *,
    headline: str | None = "Storm closes the port",
    body: str = "The port of Bergen was closed.\n\nAnna Berg was pleased.",
    language: str = "en",
    polarity: Polarity | None = "negative",
    names: tuple[tuple[str, EntityType, Polarity], ...] = (
        ("Bergen", "LOC", "neutral"),
        ("Anna Berg", "PER", "positive"),
    ),
    duplicate: Duplicate = ORIGINAL,
    raw: str | None = None,
) -> EnrichedArticle:
    """Return an event with the names that its body has; two rules removed what `raw` has around the body."""
    event = build_event(
        headline=headline,
        body=body,
        language=language,
        sentiment=build_sentiment(polarity) if polarity else None,
        entities=tuple(build_mentioned(name, body, kind, attitude) for name, kind, attitude in names if name in body),
    )
    cleaning = event.cleaning
    if raw is not None:
        start = raw.index(body)
        removed = (
            RemovedSpan(raw_start=0, raw_end=start, rule="navigation"),
            RemovedSpan(raw_start=start + len(body), raw_end=len(raw), rule="update_note", confidence=0.95),
        )
        cleaning = cleaning.model_copy(update={"raw_length": len(raw), "removed": removed})
    return event.model_copy(
        update={
            "id": article_id,
            "cleaning": cleaning,
            "duplicate": duplicate,
            "origin": Origin(topic="news.articles.annotated.v1", partition=0, offset=7),
        }
    )


def add_to(window: EventWindow, event: EnrichedArticle, written_ms: int = 1_700_000_000_000) -> None:
    """Add an event to a window as the reader does."""
    window.add_event(event, event.to_bytes(), written_ms)


def open_page(window: EventWindow, ports: Ports | None = None) -> httpx.AsyncClient:
    """Return a client of the page's application, without a server."""
    transport = httpx.ASGITransport(build_app(window, ports or Ports(), "127.0.0.1:9092"))
    return httpx.AsyncClient(transport=transport, base_url=BASE, follow_redirects=True)


def enrich_falsely(raw: RawArticle, _: Sequence[bytes] = ()) -> EnrichedArticle:
    """Return an event of the article without a model."""
    return build_page_event(derive_article_id(raw), body=raw.content, names=(), raw=raw.content)
