"""Canonical form of a URL, and its host."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from urllib.parse import quote, quote_plus, unquote_to_bytes, urljoin, urlsplit, urlunsplit

DEFAULT_PORTS = {"http": 80, "https": 443}

TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "hsa_", "at_campaign", "at_medium", "at_custom", "at_link", "at_bbc")
TRACKING_PARAMETERS = frozenset(
    {"fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "cmpid", "ocid", "ncid", "cmp"}
    | {"ref_src", "ref_url", "smid", "guccounter", "guce_referrer", "guce_referrer_sig", "gbraid", "wbraid", "ttclid"}
    | {"twclid", "li_fat_id", "mkt_tok", "_hsenc", "_hsmi", "oly_enc_id", "oly_anon_id", "vero_id", "vero_conv"}
    | {"_ga", "_gl", "spm", "xtor", "wt.mc_id", "wt.nav", "__twitter_impression", "at_creation", "at_format"}
    | {"at_ptr_name", "amp", "ns_mchannel", "ns_source", "ns_campaign", "ns_linkname", "ns_fee"}
)
"""Query parameters that analytics tools add, and `amp`; they never change which article a page shows."""

PATH_SAFE = "/:@!$&'()*+,;=-._~"
ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)
SESSION = re.compile(r";jsessionid=[^/?#;]*", re.IGNORECASE)
SLASHES = re.compile("/{2,}")

MOBILE_HOST = re.compile(r"^(?:www|m|mobile|amp|wap)\.")
SHORT_LABEL = 3
"""Maximum number of letters of the second label of a country's domains such as co.uk and com.au."""


def canonicalise_url(url: str) -> str:
    """Return the URL without the parts that do not change the page (RFC 3986 section 6, and tracking parameters).

    Scheme and host are in lower case, a host with other letters is in IDNA. Default port, fragment, user name, tracking
    parameters, dot segments, session ids and a trailing slash (except the root's) are removed. The other parameters are
    sorted. Bytes that are percent-encoded and not UTF-8 stay as they are, and so do an encoded slash and a fragment
    that begins with "!", which names a page. Raises ValueError if it is not a URL.
    """
    parts = urlsplit(url.strip())
    scheme = parts.scheme.lower()
    host = _encode_host((parts.hostname or "").rstrip("."))
    port = parts.port
    netloc = host if port is None or port == DEFAULT_PORTS.get(scheme) else f"{host}:{port}"
    path = "%2F".join(_normalise(part) for part in ENCODED_SLASH.split(SESSION.sub("", parts.path))) or "/"
    path = SLASHES.sub("/", path)
    if "/." in path:
        path = urlsplit(urljoin("http://host/", path)).path or "/"
    if len(path) > 1:
        path = path.rstrip("/") or "/"
    pairs = sorted(_read_pair(pair) for pair in parts.query.split("&") if pair)
    query = "&".join(
        f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs if not _is_tracking(name, value)
    )
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    return urlunsplit((scheme, netloc, path, query, fragment))


def find_host(url: str) -> str:
    """Return the host of a URL without "www."; an empty text if it has none. Raises ValueError if it is not a URL."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def is_same_site(first: str, second: str) -> bool:
    """Return whether two http or https URLs are on one site: on the same host, or on hosts of one registered domain."""
    hosts = [MOBILE_HOST.sub("", urlsplit(url).hostname or "") for url in (first, second)]
    return all(hosts) and (hosts[0] == hosts[1] or _registered(hosts[0]) == _registered(hosts[1]))


def _registered(host: str) -> str:
    """Return the last labels of a host that one owner registers: two, or three under co.uk and the like."""
    labels = host.split(".")
    is_country = len(labels[-1]) < SHORT_LABEL and len(labels) > SHORT_LABEL - 1 and len(labels[-2]) <= SHORT_LABEL
    return ".".join(labels[-3:] if is_country else labels[-2:])


def _encode_host(host: str) -> str:
    if ":" in host:
        return f"[{host}]"
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _normalise(path: str) -> str:
    """Return a path with each octet encoded only where it must be; UTF-8 is in the composed form (NFC)."""
    octets = unquote_to_bytes(path)
    with suppress(UnicodeDecodeError):
        octets = unicodedata.normalize("NFC", octets.decode()).encode()
    return quote(octets, safe=PATH_SAFE)


def _read_pair(pair: str) -> tuple[bytes, bytes]:
    name, _, value = pair.replace("+", " ").partition("=")
    return unquote_to_bytes(name), unquote_to_bytes(value)


def _is_tracking(name: bytes, value: bytes) -> bool:
    lowered = name.decode(errors="replace").lower()
    if lowered == "outputtype" and value.lower() == b"amp":
        return True
    return lowered in TRACKING_PARAMETERS or lowered.startswith(TRACKING_PREFIXES)
