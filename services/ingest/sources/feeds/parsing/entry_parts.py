"""Parts of an entry that all kinds of feeds have: key, title, link, visible text. Pure functions."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from services.contracts.text.folding import replace_surrogates
from services.contracts.text.references import REFERENCE, decode_references, replace_long_numbers
from services.contracts.urls import canonicalise_url

MAX_URL = 2_048
KEY_BYTES = 8
"""Number of bytes of an entry's key. With 64 bits, two of the 20,000 entries of a feed share a key in one of 10^11
feeds."""

HTML_TYPES = ("text/html", "application/xhtml+xml")

TAG = re.compile(
    r"</?(?:b|i|em|strong|br|p|span|a|sup|sub|u|font|img|q|cite|small|div|h\d|strike|s|del|ins)\b[^<>]*>", re.IGNORECASE
)
"""A tag of HTML in a title that is declared to be plain text."""

MAX_ENCODINGS = 3
"""Maximum number of times that a title may be encoded; many feeds encode their titles twice."""

MARKUP = re.compile(r"<[^<>]*>")


def find_shared(entries: Iterable[tuple[str | None, str | None]]) -> frozenset[str]:
    """Return the guids that several entries have, and the canonical links of several entries without a guid."""
    counts = Counter(guid or (canonicalise_url(link) if link else "") for guid, link in entries)
    return frozenset(name for name, count in counts.items() if name and count > 1)


def derive_key(guid: str | None, link: str | None, title: str | None, summary: str, shared: frozenset[str]) -> str:
    """Derive an entry's key from its guid, else from its canonical link, else from title and summary.

    A guid or a link that several entries of the document share does not distinguish them: there the whole link and the
    title count, too.
    """
    canonical = canonicalise_url(link) if link else ""
    parts: tuple[str, ...]
    if guid and guid in shared:
        parts = ("shared", guid, canonical, title or "")
    elif guid:
        parts = ("guid", guid)
    elif canonical in shared:
        parts = ("shared link", link or "", title or summary)
    elif canonical:
        parts = ("link", canonical)
    else:
        parts = ("text", title or "", summary)
    joined = "\0".join(parts).encode(errors="replace")
    return hashlib.blake2b(joined, digest_size=KEY_BYTES, person=b"copydesk-feed-1").hexdigest()


def make_absolute(base: str, link: str) -> str | None:
    """Return an absolute http or https URL; None if the link is none."""
    try:
        absolute = urljoin(base, link)
        parts = urlsplit(absolute)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        canonicalise_url(absolute)
    except ValueError:
        return None
    return absolute if is_web and len(absolute) <= MAX_URL else None


def measure_visible(text: str) -> int:
    """Return the number of letters and digits of a text that a reader sees: those outside of markup."""
    return sum(map(str.isalnum, decode_references(MARKUP.sub(" ", text))))


def extract_title(detail: Mapping[str, Any] | None) -> str:
    """Extract the text of a title as feedparser gives it; an empty text if there is none."""
    if not isinstance(detail, dict):
        return ""
    # Without feedparser's own lookup, which replaces some names by others and warns about it.
    value, kind = dict.get(detail, "value"), dict.get(detail, "type")
    return extract_text(value, is_html=kind in HTML_TYPES) if isinstance(value, str) else ""


def extract_text(value: str, *, is_html: bool = False) -> str:
    """Extract the text of a title, which may contain markup, and whose references may be encoded several times."""
    text = replace_surrogates(value).strip()
    if "<" in text and (is_html or TAG.search(text)):
        reader = _TextCollector()
        reader.feed(replace_long_numbers(text))
        reader.close()
        text = "".join(reader.pieces)
    for _ in range(MAX_ENCODINGS):
        if not REFERENCE.search(text):
            break
        text = decode_references(text)
    return " ".join(replace_surrogates(decode_references(text) if is_html else text).split())


class _TextCollector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the library's
        if tag == "br":
            self.pieces.append(" ")
