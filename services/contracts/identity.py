"""The article id: a pure function of canonical URL and content, so that a sender's retry is the same article."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from services.contracts.raw import RawArticle
from services.contracts.urls import canonicalise_url

ID_BYTES = 16
"""128 bits: among a thousand million articles a collision has a chance of 1 in 10^21."""


def derive_article_id(raw: RawArticle) -> str:
    """32 hex digits: BLAKE2b (RFC 7693) over canonical URL, content type, title and content.

    The title counts because copy without a URL may differ in nothing else; what a fetch adds (times,
    metadata) does not count, so that fetching the same page twice gives the same article.
    """
    digest = hashlib.blake2b(digest_size=ID_BYTES, person=b"copydesk-id-1")
    canonical = canonicalise_url(raw.url) if raw.url else ""
    for part in (canonical, raw.content_type, raw.title or "", raw.content):
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.hexdigest()


def derive_source(raw: RawArticle) -> str | None:
    """The publisher: as given, else the URL's host without "www."."""
    if raw.source:
        return raw.source
    if raw.url is None:
        return None
    return (urlsplit(raw.url).hostname or "").removeprefix("www.") or None
