"""From a document's bytes to its entries: RSS 0.9 to 2.0, RDF and Atom, by feedparser. Pure."""

from __future__ import annotations

import hashlib
import html
import re
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
from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.parsing.encodings import decode, replace_surrogates
from services.ingest.sources.feeds.parsing.models import ParsedEntry, ParsedFeed
from services.outcomes import FetchFault

MAX_LISTED = 20_000
"""Entries of one document that are looked at; a feed has 10 to 100, an archive some thousands."""
MAX_TITLE = 2_048
MAX_URL = 2_048
MAX_SOURCE = 256
"""Letters, as the raw article's contract has them."""
KEY_BYTES = 8
"""64 bits: among 20,000 entries of one feed two share a hash once in 10^11 feeds."""
DOCTYPE = re.compile(r"<!DOCTYPE(?:[^\[<>]|\"[^\"]*\"|'[^']*')*(\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
ROOT = re.compile(r"<(?:[\w-]+:)?(rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
ROOT_END = re.compile(r"</\s*(?:[\w-]+:)?(rss|feed|rdf|channel)\s*>\s*(?:<!--.*?-->\s*|<\?.*?\?>\s*)*\Z", re.I | re.S)
TAIL = 2_048
"""Letters at the end in which the root element must close, comments of caches and servers included."""
REFERENCE = re.compile(r"&#(?:x0*([0-9a-f]{1,8})|0*([0-9]{1,10}));", re.IGNORECASE)
"""A numeric character reference; a longer one is no character either and is left to the parser."""
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
HTML_TYPES = ("text/html", "application/xhtml+xml")


def parse_feed(body: bytes, *, url: str, content_type: str) -> ParsedFeed:
    """The entries of a document fetched from `url`. Raises FetchError (not_a_feed, truncated)."""
    text = _screen(decode(body, content_type))
    parsed = feedparser.parse(
        BytesIO(text.encode(errors="replace")),
        # The bytes are UTF-8 now, whatever the document declares. No location: links are made absolute below, and a
        # guid that is none must stay as it is, also when the feed moves.
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed["version"] and not parsed["entries"]:
        raise FetchError(FetchFault.NOT_A_FEED, "the document has no channel and no entry")
    is_repaired = bool(parsed["bozo"])
    if is_repaired and not ROOT_END.search(text[-TAIL:]):
        raise FetchError(FetchFault.TRUNCATED, f"the document breaks off: {_explain(parsed)}")
    raw = parsed["entries"][:MAX_LISTED]
    return ParsedFeed(
        title=_cut(_plain(_get(parsed["feed"], "title_detail")), MAX_SOURCE),
        language=_read_language(_get(parsed["feed"], "language")),
        entries=_read_entries(raw, url),
        listed=len(parsed["entries"]),
        is_repaired=is_repaired,
    )


def _screen(text: str) -> str:
    """The document without its DOCTYPE: a feed needs none of the entities that can be declared there (RSS 2.0 and RFC
    4287 know none), and nested ones make a small document huge. Raises FetchError (not_a_feed)."""
    start = ROOT.search(text)
    if start is None:
        raise FetchError(FetchFault.NOT_A_FEED, f"neither RSS nor Atom; it begins with {text.strip()[:60]!r}")
    head = DOCTYPE.sub("", text[: start.start()])
    if ENTITY.search(head):
        raise FetchError(FetchFault.NOT_A_FEED, "entities are declared outside a DOCTYPE")
    body = REFERENCE.sub(_mend_reference, text[start.start() :])
    return replace_surrogates((head + body).replace("\0", ""))


def _mend_reference(match: re.Match[str]) -> str:
    """XML 1.0, 2.2: a surrogate or what lies beyond Unicode is no character; feedparser would stumble over it."""
    code = int(match[1], 16) if match[1] else int(match[2])
    return "\ufffd" if 0xD800 <= code < 0xE000 or code > 0x10FFFF else match[0]


def _read_entries(raw: Sequence[Mapping[str, Any]], feed_url: str) -> tuple[ParsedEntry, ...]:
    guids = Counter(_read_guid(entry) for entry in raw)
    entries: dict[str, ParsedEntry] = {}
    for item in raw:
        entry = _read_entry(item, feed_url, is_guid_shared=guids[_read_guid(item)] > 1)
        entries.setdefault(entry.key, entry)
    return tuple(entries.values())


def _read_entry(item: Mapping[str, Any], feed_url: str, *, is_guid_shared: bool) -> ParsedEntry:
    title = _cut(_plain(_get(item, "title_detail")), MAX_TITLE)
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
    """The guid, else the canonical link, else title and summary. A guid that several entries of the document share
    tells none of them apart: there all of it counts."""
    if own:
        parts: tuple[str, ...] = ("guid", own)
    elif guid:
        parts = ("shared", guid, _canonical(link), title or "")
    elif link:
        parts = ("link", _canonical(link))
    else:
        parts = ("text", title or "", summary)
    joined = "\0".join(parts).encode(errors="replace")
    return hashlib.blake2b(joined, digest_size=KEY_BYTES, person=b"copydesk-feed-1").hexdigest()


def _read_content(item: Mapping[str, Any], title: str | None) -> tuple[str, str]:
    """content:encoded or Atom's content, else the summary, else the title; with its type."""
    candidates = [(_clean(_get(part, "value")), str(_get(part, "type") or "")) for part in _get(item, "content") or ()]
    full = max((part for part in candidates if part[0]), key=lambda part: len(part[0]), default=None)
    if full is not None:
        return full
    detail = _get(item, "summary_detail") or {}
    summary = _clean(_get(detail, "value"))
    return (summary, str(_get(detail, "type") or "")) if summary else (title or "", "text/plain")


def _read_link(item: Mapping[str, Any], feed_url: str) -> str | None:
    link = _clean(_get(item, "link"))
    # RSS 2.0: a guid is a link unless it says otherwise; many that are none say nothing.
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
    return code if LANGUAGE.fullmatch(code) and len(code) <= 35 else None


def _canonical(link: str | None) -> str:
    return canonicalise_url(link) if link else ""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def _plain(detail: Mapping[str, Any] | None) -> str:
    """A title's text, without markup where it has some."""
    if not detail:
        return ""
    value = _clean(_get(detail, "value"))
    if "<" in value and str(_get(detail, "type")) in HTML_TYPES:
        reader = _Text()
        reader.feed(value)
        reader.close()
        value = "".join(reader.pieces)
    # Twice escaped, as many feeds have it.
    return " ".join((html.unescape(value) if "&" in value else value).split())


def _get(values: Mapping[str, Any], name: str) -> Any:
    """Past feedparser's own look-up, which falls back from one name to another and warns of it."""
    return dict.get(values, name) if isinstance(values, dict) else None


def _clean(value: object) -> str:
    return replace_surrogates(value).strip() if isinstance(value, str) else ""


def _cut(text: str | None, longest: int) -> str | None:
    return text[:longest] if text else None


def _explain(parsed: Mapping[str, Any]) -> str:
    error = parsed["bozo_exception"]
    message = error.getMessage() if hasattr(error, "getMessage") else str(error)
    return str(message)[:200]
