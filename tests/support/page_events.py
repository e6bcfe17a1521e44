"""Events, and a client of the application, for the tests of the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

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
    Story,
    StoryReason,
    Verdict,
)
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.contracts.state.story_state import StoryEntity
from services.contracts.stories.record import StoryRecord
from services.page.app import build_app
from services.page.ports import Ports
from services.page.windows.events import EventWindow
from tests.support.events import build_event, build_sentiment

HOSTILE = '<script>window.hacked=1</script><img src=x onerror="window.hacked=1">\'"--></mark>&lt;b&gt;\u202e{{7*7}}'
"""A text that would run a script, end an attribute or leave a template, if it was not escaped."""

BASE = "http://127.0.0.1:8090"
RAW_TEXT = "Home | Sport\nThe port of Bergen was closed.\n\nAnna Berg was pleased.\nUpdated at noon"
"""A raw text whose body is that of `build_page_event`."""
STORY_TIME = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
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


def add_story(
    event: EnrichedArticle, story_id: str, size: int = 1, because: Sequence[StoryReason] = ()
) -> EnrichedArticle:
    """Return an event as the article with number `size` of a story."""
    is_first = size == 1
    story = Story(
        id=story_id,
        is_first=is_first,
        size=size,
        sources=1,
        similarity=None if is_first else 0.91,
        because=tuple(because),
    )
    return event.model_copy(update={"story": story})


def build_story(
    story_id: str,
    *,
    articles: int = 3,
    sources: int = 2,
    updated: datetime = STORY_TIME,
    headline: str | None = "Storm closes the port",
    names: Sequence[str] = ("Bergen", "Anna Berg"),
    language: str = "en",
) -> StoryRecord:
    """Return the record of a story that began two hours and five minutes before its latest article."""
    return StoryRecord(
        id=story_id,
        version=articles,
        status="open",
        headline=headline,
        opened_at=updated - timedelta(hours=2, minutes=5),
        updated_at=updated,
        first=story_id,
        latest="latest",
        representative=story_id,
        articles=articles,
        originals=articles - 1 or 1,
        copies=articles - (articles - 1 or 1),
        sources=min(sources, articles),
        entities=tuple(StoryEntity(key=f"nil:{name}", name=name, type="LOC", articles=articles) for name in names),
        languages=(language,),
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


class _Tags(HTMLParser):
    """Collector of the elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def read_tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    """Return the elements of a page with their attributes."""
    parser = _Tags()
    parser.feed(html)
    return parser.tags


def require_harmless(html: str) -> None:
    """Fail if a page has an element, an attribute or a script of HOSTILE, or does not show it as it is."""
    tags = read_tags(html)
    assert [attributes for tag, attributes in tags if tag == "script"] == [{"src": "/static/page.js", "defer": None}]
    assert "img" not in {tag for tag, _ in tags}
    names = {name for _, attributes in tags for name in attributes}
    assert not {name for name in names if name.startswith("on") or name == "style"}
    values = [value or "" for _, attributes in tags for value in attributes.values()]
    assert not [value for value in values if value.startswith("javascript:")]
    assert "{{7*7}}" in html
