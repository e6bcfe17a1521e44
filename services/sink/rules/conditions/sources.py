"""Publishers: one form for the ways to write a host, and the hosts above it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from services.contracts.text.folding import fold_case

_HOST: Final = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]")
"""Labels with dots between them; the last one begins with a letter."""
_WWW: Final = re.compile(r"www\d?\.(?=.*\.)")
"""The usual first label of a website's host; two more labels follow."""


def fold_source(text: str) -> str:
    """Return a host without scheme, `www.`, port and path, or another publisher's name with folded case and spaces.

    `https://www.Example.no/news`, `www.example.no` and `example.no` give the same. An internationalised host is in
    Unicode. The result is empty if the text has no host and no name.
    """
    folded = " ".join(fold_case(text).split())
    host = _find_host(folded)
    return _WWW.sub("", _decode(host), count=1) if host is not None else folded


def list_parents(source: str) -> Iterator[str]:
    """Yield a source and, for a host, the hosts above it: news.bbc.co.uk, bbc.co.uk, co.uk, uk."""
    yield source
    while "." in source and " " not in source:
        source = source.partition(".")[2]
        yield source


def _find_host(folded: str) -> str | None:
    """Return the host of a URL, or of a text that begins like one without a scheme; None for another text."""
    has_scheme = "://" in folded or folded.startswith("//")
    try:
        host = urlsplit(folded if has_scheme else f"//{folded}").hostname or ""
    except ValueError:
        return None
    host = host.rstrip(".")
    return host if has_scheme or _HOST.fullmatch(host) else None


def _decode(host: str) -> str:
    """Return a host in Unicode; the labels of the form xn--... are Punycode (RFC 5890)."""
    try:
        return fold_case(host.encode("ascii").decode("idna")) if "xn--" in host else host
    except UnicodeError:
        return host
