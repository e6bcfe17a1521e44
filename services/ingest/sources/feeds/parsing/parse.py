"""Parser of feed documents: RSS 0.9 to 2.0, RDF and Atom, by feedparser. Pure functions."""

from __future__ import annotations

import hashlib
import html
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import BytesIO
from time import struct_time
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from services.contracts.raw import MAX_METADATA_CHARACTERS
from services.contracts.urls import canonicalise_url
from services.ingest.dates import parse_date
from services.ingest.encodings import decode, replace_surrogates
from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.parsing.models import ParsedEntry, ParsedFeed
from services.outcomes import FetchFault

MAX_LISTED = 20_000
"""Maximum number of entries of one document that are read. A feed has 10 to 100, an archive some thousands."""
MAX_TITLE = 2_048
MAX_URL = 2_048
MAX_SOURCE = 256
MAX_LANGUAGE = 35
"""Longest text of the field, in characters, as the contract of the raw article has it."""
KEY_BYTES = 8
"""Number of bytes of an entry's key. With 64 bits, two of the 20,000 entries of a feed share a key in one of 10^11
feeds."""
DOCTYPE = re.compile(r"<!DOCTYPE(?:[^\[<>]|\"[^\"]*\"|'[^']*')*(\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
ROOT = re.compile(r"<(?:[\w-]+:)?(rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
ROOT_END = re.compile(r"</\s*(?:[\w-]+:)?(rss|feed|rdf|channel)\s*>\s*(?:<!--.*?-->\s*|<\?.*?\?>\s*)*\Z", re.I | re.S)
TAIL = 2_048
"""Characters at the end of a document in which its root element must close.

Comments of caches and servers may follow the root element.
"""
REFERENCE = re.compile(r"&#(?:x0*([0-9a-f]{1,8})|0*([0-9]{1,10}));", re.IGNORECASE)
"""Pattern for a numeric character reference. One with more digits is no character; feedparser leaves it as it is."""
FIRST_SURROGATE, LAST_SURROGATE = 0xD800, 0xDFFF
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
HTML_TYPES = ("text/html", "application/xhtml+xml")


def parse_feed(body: bytes, *, url: str, content_type: str) -> ParsedFeed:
    """Parse a document that was fetched from `url`. Raises FetchError (not_a_feed, truncated)."""
    text = _remove_doctype(decode(body, content_type, form="feed").text)
    parsed = feedparser.parse(
        BytesIO(text.encode(errors="replace")),
        # The bytes are UTF-8 here, whatever the document declares. content-location is not given: links are made
        # absolute below, and a guid that is no link must stay the same when the feed moves.
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed["version"] and not parsed["entries"]:
        raise FetchError(FetchFault.NOT_A_FEED, "the document has neither a channel nor an entry")
    is_repaired = bool(parsed["bozo"])
    if is_repaired and not ROOT_END.search(text[-TAIL:]):
        raise FetchError(FetchFault.TRUNCATED, f"the document ends before its root element does: {_explain(parsed)}")
    raw = parsed["entries"][:MAX_LISTED]
    return ParsedFeed(
        title=_cut(_extract_text(_get(parsed["feed"], "title_detail")), MAX_SOURCE),
        language=_read_language(_get(parsed["feed"], "language")),
        entries=_read_entries(raw, url),
        listed=len(parsed["entries"]),
        is_repaired=is_repaired,
    )


def _remove_doctype(text: str) -> str:
    """Remove the DOCTYPE, null characters and what else makes feedparser fail. Raises FetchError (not_a_feed).

    A feed needs no entity that a DOCTYPE can declare (RSS 2.0 and RFC 4287 define none), and nested entities make a
    small document huge.
    """
    start = ROOT.search(text)
    if start is None:
        message = f"the document is neither RSS nor Atom; it begins with {text.strip()[:60]!r}"
        raise FetchError(FetchFault.NOT_A_FEED, message)
    head = DOCTYPE.sub("", text[: start.start()])
    if ENTITY.search(head):
        raise FetchError(FetchFault.NOT_A_FEED, "the document declares entities outside a DOCTYPE")
    body = REFERENCE.sub(_replace_invalid_reference, text[start.start() :])
    return replace_surrogates((head + body).replace("\0", ""))


def _replace_invalid_reference(match: re.Match[str]) -> str:
    """Replace a reference to a surrogate or beyond Unicode, which is no character (XML 1.0, 2.2).

    feedparser fails on a reference of this kind.
    """
    code = int(match[1], 16) if match[1] else int(match[2])
    is_surrogate = FIRST_SURROGATE <= code <= LAST_SURROGATE
    return "\ufffd" if is_surrogate or code > sys.maxunicode else match[0]


def _read_entries(raw: Sequence[Mapping[str, Any]], feed_url: str) -> tuple[ParsedEntry, ...]:
    guids = Counter(_read_guid(entry) for entry in raw)
    entries: dict[str, ParsedEntry] = {}
    for item in raw:
        entry = _read_entry(item, feed_url, is_guid_shared=guids[_read_guid(item)] > 1)
        entries.setdefault(entry.key, entry)
    return tuple(entries.values())


def _read_entry(item: Mapping[str, Any], feed_url: str, *, is_guid_shared: bool) -> ParsedEntry:
    title = _cut(_extract_text(_get(item, "title_detail")), MAX_TITLE)
    link = _read_link(item, feed_url)
    guid = _read_guid(item)
    content, content_type = _read_content(item, title)
    summary = _clean(_get(_get(item, "summary_detail") or {}, "value"))
    tags = [_clean(_get(tag, "term") or _get(tag, "label")) for tag in _get(item, "tags") or ()]
    return ParsedEntry(
        key=_derive_key(None if is_guid_shared else guid, guid, link, title, summary),
        url=link,
        title=title,
        published_at=_read_time(item),
        content=content,
        content_type="text/html" if content_type in HTML_TYPES else "text/plain",
        author=_cut(_clean(_get(item, "author")), MAX_METADATA_CHARACTERS),
        categories=_cut(", ".join(tag for tag in dict.fromkeys(tags) if tag), MAX_METADATA_CHARACTERS),
        guid=_cut(guid, MAX_METADATA_CHARACTERS),
    )


def _derive_key(own: str | None, guid: str | None, link: str | None, title: str | None, summary: str) -> str:
    """Derive an entry's key from its guid, else from its canonical link, else from title and summary.

    A guid that several entries of the document share does not distinguish them: there `own` is None, and guid, link
    and title count together.
    """
    if own:
        parts: tuple[str, ...] = ("guid", own)
    elif guid:
        parts = ("shared", guid, _canonicalise(link), title or "")
    elif link:
        parts = ("link", _canonicalise(link))
    else:
        parts = ("text", title or "", summary)
    joined = "\0".join(parts).encode(errors="replace")
    return hashlib.blake2b(joined, digest_size=KEY_BYTES, person=b"copydesk-feed-1").hexdigest()


def _read_content(item: Mapping[str, Any], title: str | None) -> tuple[str, str]:
    """Read the text of an entry, and the media type of that text.

    The text is the longest content:encoded or Atom content, else the summary, else the title.
    """
    candidates = [(_clean(_get(part, "value")), str(_get(part, "type") or "")) for part in _get(item, "content") or ()]
    full = max((part for part in candidates if part[0]), key=lambda part: len(part[0]), default=None)
    if full is not None:
        return full
    detail = _get(item, "summary_detail") or {}
    summary = _clean(_get(detail, "value"))
    return (summary, str(_get(detail, "type") or "")) if summary else (title or "", "text/plain")


def _read_link(item: Mapping[str, Any], feed_url: str) -> str | None:
    link = _clean(_get(item, "link"))
    # In RSS 2.0 a guid is a link unless isPermaLink says otherwise. Many guids that are no link do not say so.
    if not link or (link == _read_guid(item) and not link.startswith("http")):
        return None
    try:
        absolute = urljoin(feed_url, link)
        parts = urlsplit(absolute)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        canonicalise_url(absolute)
    except ValueError:
        return None
    return absolute if is_web and len(absolute) <= MAX_URL else None


def _read_guid(item: Mapping[str, Any]) -> str | None:
    return _clean(_get(item, "id")) or None


def _read_time(item: Mapping[str, Any]) -> str | None:
    for name in ("published", "updated", "created"):
        parsed = _get(item, f"{name}_parsed")
        if isinstance(parsed, struct_time):
            try:
                return datetime(*parsed[:6], tzinfo=UTC).isoformat()
            except ValueError:
                pass
        written = _get(item, name)
        date = parse_date(written) if isinstance(written, str) else None
        if date is not None:
            return date.astimezone(UTC).isoformat()
    return None


def _read_language(value: object) -> str | None:
    code = str(value or "").strip().replace("_", "-")
    return code if LANGUAGE.fullmatch(code) and len(code) <= MAX_LANGUAGE else None


def _canonicalise(link: str | None) -> str:
    return canonicalise_url(link) if link else ""


class _TextCollector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def _extract_text(detail: Mapping[str, Any] | None) -> str:
    """Extract the text of a title that may contain markup."""
    if not detail:
        return ""
    value = _clean(_get(detail, "value"))
    if "<" in value and str(_get(detail, "type")) in HTML_TYPES:
        reader = _TextCollector()
        reader.feed(value)
        reader.close()
        value = "".join(reader.pieces)
    # Many feeds escape their titles twice.
    return " ".join((html.unescape(value) if "&" in value else value).split())


def _get(values: Mapping[str, Any], name: str) -> Any:
    """Get a value without feedparser's own lookup, which replaces some names by others and warns about it."""
    return dict.get(values, name) if isinstance(values, dict) else None


def _clean(value: object) -> str:
    return replace_surrogates(value).strip() if isinstance(value, str) else ""


def _cut(text: str | None, longest: int) -> str | None:
    return text[:longest] if text else None


def _explain(parsed: Mapping[str, Any]) -> str:
    error = parsed["bozo_exception"]
    message = error.getMessage() if hasattr(error, "getMessage") else str(error)
    return str(message)[:200]
