"""Canonical form of a URL."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

DEFAULT_PORTS = {"http": 80, "https": 443}

TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "at_")
TRACKING_PARAMETERS = frozenset(
    {"fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "cmpid", "ocid", "ncid"}
    | {"ref_src", "ref_url", "smid", "partner", "guccounter", "guce_referrer", "guce_referrer_sig"}
    | {"_ga", "_gl", "spm", "xtor", "wt.mc_id", "wt.nav"}
)
"""Query parameters that analytics tools add; they never change which article a page shows."""


def canonicalise_url(url: str) -> str:
    """Return the URL without the parts that do not change the page (RFC 3986 section 6, and tracking parameters).

    Scheme and host are in lower case. Default port, fragment, user name, tracking parameters and a trailing slash
    (except the root's) are removed. The other parameters are sorted. Raises ValueError if it is not a URL.
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


def _is_tracking(name: str) -> bool:
    lowered = name.lower()
    return lowered in TRACKING_PARAMETERS or lowered.startswith(TRACKING_PREFIXES)
