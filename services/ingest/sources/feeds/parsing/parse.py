"""Parser of feed documents: RSS 0.9 to 2.0, RDF and Atom, by feedparser, and JSON Feed. Pure functions."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC
from io import BytesIO
from typing import Any

import feedparser

from services.contracts.raw import MAX_METADATA_CHARACTERS
from services.contracts.text.author_names import split_names
from services.contracts.text.folding import replace_surrogates
from services.contracts.text.references import replace_long_numbers
from services.ingest.dates import parse_date
from services.ingest.encodings import decode
from services.ingest.field_names import read_language, read_names, read_tags
from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.parsing.entry_parts import (
    HTML_TYPES,
    derive_key,
    extract_title,
    find_shared,
    make_absolute,
    measure_visible,
)
from services.ingest.sources.feeds.parsing.json_feed import parse_json_feed
from services.ingest.sources.feeds.parsing.models import MAX_LISTED, ParsedEntry, ParsedFeed
from services.outcomes import FetchFault

MAX_TITLE = 2_048
MAX_SOURCE = 256
DOCTYPE = re.compile(r"<!DOCTYPE(?:[^\[<>]|\"[^\"]*\"|'[^']*')*(\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
ROOT = re.compile(r"<(?:[\w-]+:)?(rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
ROOT_END = re.compile(r"</\s*(?:[\w-]+:)?(rss|feed|rdf|channel)\s*>\s*(?:<!--.*?-->\s*|<\?.*?\?>\s*)*\Z", re.I | re.S)
TAIL = 2_048
"""Characters at the end of a document in which its root element must close.

Comments of caches and servers may follow the root element.
"""
REFERENCE = re.compile(r"&#(?:x0*([0-9a-f]{1,8})|0*([0-9]{1,10}));", re.IGNORECASE)
"""Pattern for a numeric character reference. One with more digits stays as it is: feedparser does not decode it, and
`replace_long_numbers` has replaced those with more than fifteen."""
FIRST_SURROGATE, LAST_SURROGATE = 0xD800, 0xDFFF
MEDIA_PREFIX = re.compile(
    r"xmlns:([\w-]{1,32})\s*=\s*[\"']https?://(?:search\.yahoo\.com|video\.search\.yahoo\.com)/mrss/?[\"']"
)
"""Pattern for the prefix of Media RSS, whose elements describe the pictures of an entry."""
OF_MEDIA = "_of_media"
"""Addition to the names of titles and descriptions of pictures. feedparser takes them for those of the entry."""


def parse_feed(body: bytes, *, url: str, content_type: str) -> ParsedFeed:
    """Parse a document that was fetched from `url`. Raises FetchError (not_a_feed, truncated)."""
    decoded = decode(body, content_type, form="feed").text
    if decoded.lstrip().startswith("{"):
        return parse_json_feed(decoded, url=url)
    text = _remove_doctype(decoded)
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
    language = read_language(_get(parsed["feed"], "language"))
    return ParsedFeed(
        title=_cut(extract_title(_get(parsed["feed"], "title_detail")), MAX_SOURCE),
        language=language,
        entries=_read_entries(raw, _find_base(parsed["feed"], url), language),
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
    body = REFERENCE.sub(_replace_invalid_reference, replace_long_numbers(text[start.start() :]))
    return replace_surrogates(_rename_media(head + body).replace("\0", ""))


def _rename_media(text: str) -> str:
    """Rename the titles and descriptions of pictures and videos, so that they are not taken for the entry's own."""
    prefixes = "|".join(sorted({re.escape(match[1]) for match in MEDIA_PREFIX.finditer(text)}))
    if not prefixes:
        return text
    tags = re.compile(rf"<(/?)({prefixes}):(title|description|text)\b[^<>]{{0,512}}?(/?)>")
    return tags.sub(rf"<\1\2:\3{OF_MEDIA}\4>", text)


def _replace_invalid_reference(match: re.Match[str]) -> str:
    """Replace a reference to a surrogate or beyond Unicode, which is no character (XML 1.0, 2.2).

    feedparser fails on a reference of this kind.
    """
    code = int(match[1], 16) if match[1] else int(match[2])
    is_surrogate = FIRST_SURROGATE <= code <= LAST_SURROGATE
    return "\ufffd" if is_surrogate or code > sys.maxunicode else match[0]


def _read_entries(raw: Sequence[Mapping[str, Any]], base: str, language: str | None) -> tuple[ParsedEntry, ...]:
    shared = find_shared((_read_guid(item), _read_link(item, base)) for item in raw)
    entries: dict[str, ParsedEntry] = {}
    for item in raw:
        entry = _read_entry(item, base, language, shared)
        entries.setdefault(entry.key, entry)
    return tuple(entries.values())


def _read_entry(item: Mapping[str, Any], base: str, language: str | None, shared: frozenset[str]) -> ParsedEntry:
    title = _cut(extract_title(_get(item, "title_detail")), MAX_TITLE)
    link = _read_link(item, base)
    guid = _read_guid(item)
    content, content_type = _read_content(item, title)
    summary = _clean(_get(_get(item, "summary_detail") or {}, "value"))
    tags = [_clean(_get(tag, "term") or _get(tag, "label")) for tag in _get(item, "tags") or ()]
    return ParsedEntry(
        key=derive_key(guid, link, title, summary, shared),
        url=link,
        title=title,
        published_at=_read_time(item, language),
        content=content,
        content_type="text/html" if content_type in HTML_TYPES else "text/plain",
        authors=tuple(read_names(_read_authors(item)) or ()),
        categories=tuple(read_tags(tags) or ()),
        guid=_cut(guid, MAX_METADATA_CHARACTERS),
    )


def _read_content(item: Mapping[str, Any], title: str | None) -> tuple[str, str]:
    """Read the text of an entry, and the media type of that text.

    The text is the content:encoded or Atom content with the most visible text, or the summary if that has more, or the
    description of the entry's picture or video, or the title. Markup does not count: a content may be a picture alone.
    """
    parts = [*(_get(item, "content") or ()), _get(item, "summary_detail") or {}]
    texts = [(_clean(_get(part, "value")), str(_get(part, "type") or "")) for part in parts]
    found = max(texts, key=lambda text: measure_visible(text[0]))
    if measure_visible(found[0]) > 0:
        return found
    described = next((_clean(value) for name, value in item.items() if name.endswith(f"description{OF_MEDIA}")), "")
    return described or title or "", "text/plain"


def _find_base(channel: Mapping[str, Any], feed_url: str) -> str:
    """Find the URL to which links are relative: xml:base, else the site that the feed is about, else the feed."""
    for base in (_get(_get(channel, "title_detail") or {}, "base"), _get(channel, "link")):
        if isinstance(base, str) and base.startswith(("http://", "https://")):
            return base
    return feed_url


def _read_link(item: Mapping[str, Any], base: str) -> str | None:
    link = _clean(_get(item, "link"))
    # In RSS 2.0 a guid is a link unless isPermaLink says otherwise. Many guids that are no link do not say so.
    if not link or (link == _read_guid(item) and not link.startswith("http")):
        return None
    return make_absolute(base, link)


def _read_guid(item: Mapping[str, Any]) -> str | None:
    return _clean(_get(item, "id")) or None


def _read_time(item: Mapping[str, Any], language: str | None) -> str | None:
    """Read the time as the feed writes it. feedparser's own reading is hours or months wrong for many forms."""
    for name in ("published", "updated", "created"):
        written = _get(item, name)
        date = parse_date(written, language=language) if isinstance(written, str) else None
        if date is not None:
            return date.astimezone(UTC).isoformat()
    return None


def _read_authors(item: Mapping[str, Any]) -> list[str]:
    """Read the names of all authors, without mail addresses."""
    details = [*(_get(item, "authors") or ()), _get(item, "author_detail") or {}]
    names = [_clean(_get(detail, "name")) for detail in details]
    # feedparser cuts a mail address after four letters of its ending, and leaves the rest of it with the name.
    named = list(dict.fromkeys(name for text in names if "(" not in text for name in split_names(text)))
    return named or split_names(_clean(_get(item, "author")))


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
