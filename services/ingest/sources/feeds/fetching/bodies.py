"""Receiving an answer's body: unpacked piece by piece, so that no bomb gets larger than the limit."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator

from services.ingest.sources.feeds.errors import FetchError
from services.outcomes import FetchFault

ACCEPT_ENCODING = "gzip, deflate"
PIECE_BYTES = 65_536
"""What is unpacked at a time."""
GZIP_WINDOW, ZLIB_WINDOW, RAW_WINDOW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
"""zlib's wbits; RFC 9110, 8.4.1.2: some servers send deflate without the zlib wrapper."""


class Inflater:
    """Unpacks a stream of one content coding; more than `limit` bytes are never made."""

    def __init__(self, coding: str, limit: int) -> None:
        name = coding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise FetchError(FetchFault.BAD_RESPONSE, f"content encoding {name[:40]!r}, which was not asked for")
        self._window = GZIP_WINDOW if "gzip" in name else ZLIB_WINDOW
        self._stream = None if name in ("", "identity") else zlib.decompressobj(self._window)
        self._limit = limit
        self._made = 0
        self._has_begun = False
        self._head = b""

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """The unpacked bytes. Raises FetchError (too_large, bad_response)."""
        if self._stream is None:
            yield self._count(packed)
            return
        while packed:
            if self._stream.eof:
                if not packed.strip(b"\0"):
                    return
                # RFC 1952: a gzip file may have several members.
                self._stream = zlib.decompressobj(self._window)
            yield self._count(self._unpack(packed))
            packed = self._stream.unconsumed_tail or self._stream.unused_data

    def finish(self) -> None:
        """Say that all has come. Raises FetchError (truncated)."""
        if self._stream is not None and self._has_begun and not self._stream.eof:
            raise FetchError(FetchFault.TRUNCATED, "the compressed body ends too early")

    def _unpack(self, packed: bytes) -> bytes:
        assert self._stream is not None
        try:
            piece = self._stream.decompress(packed, PIECE_BYTES)
        except zlib.error as error:
            if self._made or self._window != ZLIB_WINDOW:
                raise FetchError(FetchFault.BAD_RESPONSE, f"the body cannot be unpacked: {error}") from error
            self._window = RAW_WINDOW
            self._stream = zlib.decompressobj(RAW_WINDOW)
            return self._unpack(self._head + packed)
        self._has_begun = True
        # The wrapper has two bytes, and they may come one by one.
        self._head = b"" if self._made or piece else self._head + packed
        return piece

    def _count(self, piece: bytes) -> bytes:
        self._made += len(piece)
        if self._made > self._limit:
            raise FetchError(FetchFault.TOO_LARGE, f"more than {self._limit} bytes")
        return piece


async def read_body(chunks: AsyncIterator[bytes], coding: str, limit: int, *, truncate: bool = False) -> bytes:
    """The whole body, unpacked. Raises FetchError (too_large, truncated, bad_response).

    With `truncate` what is beyond the limit is left out instead, up to the piece in which it was reached.
    """
    inflater = Inflater(coding, limit)
    body = bytearray()
    try:
        async for chunk in chunks:
            for piece in inflater.feed(chunk):
                body += piece
    except FetchError as error:
        if truncate and error.fault is FetchFault.TOO_LARGE:
            return bytes(body)
        raise
    inflater.finish()
    return bytes(body)
