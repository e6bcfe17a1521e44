"""Article id: a pure function of canonical URL and content, so that a sender's retry is the same article."""

from __future__ import annotations

import hashlib
import re

from services.contracts.raw import RawArticle
from services.contracts.urls import canonicalise_url, find_host

ID_BYTES = 16
"""Length of an id: with 128 bits, a collision among a thousand million articles has a probability of 1 in 10^21."""
_ID = re.compile(f"[0-9a-f]{{{2 * ID_BYTES}}}")


def is_article_id(text: str) -> bool:
    """Return whether a text has the form of an article id."""
    return _ID.fullmatch(text) is not None


def derive_article_id(raw: RawArticle) -> str:
    """Return 32 hexadecimal digits: BLAKE2b (RFC 7693) over canonical URL, content type, title and content.

    The title is included because two articles without a URL may differ in nothing else. Times and metadata are left
    out because they differ between two fetches of the same page.
    """
    digest = hashlib.blake2b(digest_size=ID_BYTES, person=b"copydesk-id-1")
    canonical = canonicalise_url(raw.url) if raw.url else ""
    for part in (canonical, raw.content_type, raw.title or "", raw.content):
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.hexdigest()


def derive_source(raw: RawArticle) -> str | None:
    """Return the publisher that the sender gave, else the URL's host without "www."; None if both are missing."""
    if raw.source:
        return raw.source
    if raw.url is None:
        return None
    return find_host(raw.url) or None
