"""Conversion of a parsed entry to the fields of an article. Pure functions."""

from __future__ import annotations

from datetime import datetime

from services.contracts.raw import MAX_METADATA_CHARACTERS
from services.ingest.encodings import DecodedText, report_replacements
from services.ingest.sources.feeds.feeds_file import Feed
from services.ingest.sources.feeds.parsing.models import ParsedEntry, ParsedFeed


def build_fields(
    feed: Feed, parsed: ParsedFeed, entry: ParsedEntry, *, fetched_at: datetime, page: DecodedText | None = None
) -> dict[str, object]:
    """Build the fields of an article, by the names of `RawArticle`. Fields without a value are left out.

    `page` is the HTML of the linked page, if it was fetched. Only `fetched_at` depends on the time of the fetch, and
    the article's id does not depend on it.
    """
    metadata: dict[str, str | None] = {
        "feed_url": feed.url[:MAX_METADATA_CHARACTERS],
        "guid": entry.guid,
        "author": ", ".join(entry.authors)[:MAX_METADATA_CHARACTERS],
        "categories": ", ".join(entry.categories)[:MAX_METADATA_CHARACTERS],
        **(report_replacements(page) if page is not None else {}),
    }
    fields: dict[str, object | None] = {
        "content": page.text if page is not None else entry.content,
        "content_type": "text/html" if page is not None else entry.content_type,
        "url": entry.url,
        "source": feed.source or parsed.title,
        "title": entry.title,
        "language": feed.language or parsed.language,
        "published_at": entry.published_at,
        "byline": _find_persons(feed, parsed, entry) or None,
        "tags": list(entry.categories) or None,
        "fetched_at": fetched_at.isoformat(timespec="seconds"),
        "metadata": {name: value for name, value in metadata.items() if value},
    }
    return {name: value for name, value in fields.items() if value is not None}


def _find_persons(feed: Feed, parsed: ParsedFeed, entry: ParsedEntry) -> list[str]:
    """Return the authors of an entry, without the name of the feed itself, which many feeds give as the author."""
    own = {name.casefold() for name in (feed.source, parsed.title) if name}
    return [name for name in entry.authors if name.casefold() not in own]
