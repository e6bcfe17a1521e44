"""WARC files (ISO 28500), made by a test byte by byte."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from uuid import NAMESPACE_URL as URLS
from uuid import uuid5

PAGE = "<html><head><title>A title</title></head><body><p>{}</p></body></html>"


def build_record(kind: str, url: str, block: bytes, media_type: str) -> bytes:
    """Build one record, without compression."""
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: <urn:uuid:{uuid5(URLS, kind + url)}>",
        "WARC-Date: 2026-03-01T10:00:00Z",
        f"WARC-Target-URI: {url}",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(block)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def build_response(content: bytes, media_type: str, *, status: str = "200 OK", headers: Mapping[str, str]) -> bytes:
    """Build the block of a response: its HTTP headers and its body."""
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {media_type}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def build_warc(
    pages: Sequence[tuple[str, str, bytes]],
    *,
    compressed: bool = True,
    status: str = "200 OK",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Build a WARC file as a crawler writes it: a warcinfo, then the request and the response of each page.

    A page is its URL, the media type of its response, and its bytes. Each record is a gzip member of its own.
    """
    records = [build_record("warcinfo", "test", b"software: test\r\n", "application/warc-fields")]
    for url, media_type, content in pages:
        request = b"GET / HTTP/1.1\r\nHost: news.example\r\n\r\n"
        response = build_response(content, media_type, status=status, headers=headers or {})
        records.append(build_record("request", url, request, "application/http; msgtype=request"))
        records.append(build_record("response", url, response, "application/http; msgtype=response"))
    return b"".join(gzip.compress(record, mtime=0) if compressed else record for record in records)


def build_page(number: int) -> tuple[str, str, bytes]:
    """Build one page of its own."""
    text = PAGE.format(f"Page {number} of a test, with a few words.")
    return f"http://news.example/{number}", "text/html; charset=utf-8", text.encode()
