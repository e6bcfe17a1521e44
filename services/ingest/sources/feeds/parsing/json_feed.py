"""Parser of JSON Feed 1.0 and 1.1 (https://jsonfeed.org/version/1.1). Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

from pydantic_core import from_json

from services.contracts.raw import MAX_METADATA_CHARACTERS
from services.contracts.text.author_names import split_names
from services.ingest.dates import parse_date
from services.ingest.field_names import read_language, read_names, read_tags
from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.parsing.entry_parts import (
    derive_key,
    extract_text,
    find_shared,
    make_absolute,
    measure_visible,
)
from services.ingest.sources.feeds.parsing.models import MAX_LISTED, ParsedEntry, ParsedFeed
from services.outcomes import FetchFault

MAX_TITLE = 2_048
MAX_SOURCE = 256


def parse_json_feed(text: str, *, url: str) -> ParsedFeed:
    """Parse a JSON Feed that was fetched from `url`. Raises FetchError (not_a_feed, truncated)."""
    try:
        feed = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        fault = FetchFault.NOT_A_FEED if text.rstrip().endswith("}") else FetchFault.TRUNCATED
        raise FetchError(fault, f"the document begins like a JSON Feed and is not JSON: {error}"[:300]) from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in str(feed.get("version")):
        raise FetchError(FetchFault.NOT_A_FEED, "the document is JSON without the version and the items of a JSON Feed")
    listed = [item for item in items[:MAX_LISTED] if isinstance(item, dict)]
    base = _text(feed, "home_page_url")
    base = base if base.startswith(("http://", "https://")) else url
    language = read_language(feed.get("language"))
    authors = list(_read_authors(feed))
    shared = find_shared((_read_id(item), _read_link(item, base)) for item in listed)
    entries: dict[str, ParsedEntry] = {}
    for item in listed:
        entry = _read_item(item, base, language, authors, shared)
        entries.setdefault(entry.key, entry)
    return ParsedFeed(
        title=extract_text(_text(feed, "title"))[:MAX_SOURCE] or None,
        language=language,
        entries=tuple(entries.values()),
        listed=len(items),
    )


def _read_item(
    item: Mapping[str, Any], base: str, language: str | None, authors: list[str], shared: frozenset[str]
) -> ParsedEntry:
    title = extract_text(_text(item, "title"))[:MAX_TITLE] or None
    link = _read_link(item, base)
    markup, plain, summary = (_text(item, name) for name in ("content_html", "content_text", "summary"))
    content, is_html = max(
        ((markup, True), (plain, False), (summary, False)), key=lambda part: measure_visible(part[0])
    )
    guid = _read_id(item)
    names = list(_read_authors(item)) or authors
    return ParsedEntry(
        key=derive_key(guid, link, title, summary, shared),
        url=link,
        title=title,
        published_at=_read_time(item, language),
        content=content or title or "",
        content_type="text/html" if content and is_html else "text/plain",
        authors=tuple(read_names(names) or ()),
        categories=tuple(read_tags(item.get("tags")) or ()),
        guid=guid[:MAX_METADATA_CHARACTERS] if guid else None,
    )


def _read_id(item: Mapping[str, Any]) -> str | None:
    value = item.get("id")
    # Version 1.1 asks for a text; many feeds have a number.
    return str(value).strip() or None if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _read_link(item: Mapping[str, Any], base: str) -> str | None:
    link = _text(item, "url") or _text(item, "external_url")
    return make_absolute(base, link) if link else None


def _read_authors(value: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the authors of a feed or of an item; version 1.0 has one author."""
    authors = value.get("authors")
    for author in authors if isinstance(authors, list) else [value.get("author")]:
        if isinstance(author, dict):
            yield from split_names(_text(author, "name"))


def _read_time(item: Mapping[str, Any], language: str | None) -> str | None:
    for name in ("date_published", "date_modified"):
        moment = parse_date(_text(item, name), language=language)
        if moment is not None:
            return moment.astimezone(UTC).isoformat()
    return None


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return found.strip() if isinstance(found, str) else ""
