"""The article id: a pure function of canonical URL and content, so that a sender's retry is the same article."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from services.contracts.raw import RawArticle

ID_BYTES = 16
"""128 bits: among a thousand million articles a collision has a chance of 1 in 10^21."""

DEFAULT_PORTS = {"http": 80, "https": 443}

TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "at_")
TRACKING_PARAMETERS = frozenset(
    {"fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "cmpid", "ocid", "ncid"}
    | {"ref_src", "ref_url", "smid", "partner", "guccounter", "guce_referrer", "guce_referrer_sig"}
    | {"_ga", "_gl", "spm", "xtor", "wt.mc_id", "wt.nav"}
)
"""Parameters that analytics tools add and that never change which article a page shows."""


def canonicalise_url(url: str) -> str:
    """The URL without what does not change the page (RFC 3986 section 6, and tracking parameters).

    Scheme and host in lower case, no default port, no fragment, no user name, no tracking parameter, the
    remaining parameters sorted, no trailing slash but the root's. Raises ValueError where it is no URL.
    """
    parts = urlsplit(url.strip())
    scheme = parts.scheme.lower()
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    port = parts.port
    netloc = host if port is None or port == DEFAULT_PORTS.get(scheme) else f"{host}:{port}"
    path = quote(unquote(parts.path), safe="/:@!$&'()*+,;=-._~") or "/"
    if len(path) > 1:
        path = path.rstrip("/") or "/"
    pairs = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _is_tracking(name)]
    return urlunsplit((scheme, netloc, path, urlencode(sorted(pairs)), ""))


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


def _is_tracking(name: str) -> bool:
    lowered = name.lower()
    return lowered in TRACKING_PARAMETERS or lowered.startswith(TRACKING_PREFIXES)
