"""Reader of response bodies. It unpacks piece by piece, so that a small body never grows beyond the limit in memory."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator

from services.ingest.sources.feeds.errors import FetchError
from services.outcomes import FetchFault

ACCEPT_ENCODING = "gzip, deflate"
PIECE_BYTES = 65_536
"""Maximum number of bytes that are unpacked in one step."""
GZIP_WINDOW, ZLIB_WINDOW, RAW_WINDOW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
"""zlib's `wbits` for gzip, for deflate, and for deflate without its wrapper, as some servers send it.

RFC 9110, 8.4.1.2 describes the last one.
"""


class Inflater:
    """Decoder of one content coding for a stream of bytes. It makes no more than `limit` bytes.

    Raises FetchError (bad_response) for a coding other than gzip, deflate and identity.
    """

    def __init__(self, coding: str, limit: int) -> None:
        name = coding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip", "deflate"):
            message = f"the server sent content encoding {name[:40]!r}; only {ACCEPT_ENCODING} was asked for"
            raise FetchError(FetchFault.BAD_RESPONSE, message)
        self._window = GZIP_WINDOW if "gzip" in name else ZLIB_WINDOW
        self._stream = None if name in ("", "identity") else zlib.decompressobj(self._window)
        self._limit = limit
        self._made = 0
        self._has_begun = False
        self._head = b""

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """Unpack the next bytes of the body. Raises FetchError (too_large, bad_response)."""
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
        """Check at the end of the body that the compressed data is complete. Raises FetchError (truncated)."""
        if self._stream is not None and self._has_begun and not self._stream.eof:
            raise FetchError(FetchFault.TRUNCATED, "the compressed body ends too early")

    def _unpack(self, packed: bytes) -> bytes:
        assert self._stream is not None
        try:
            piece = self._stream.decompress(packed, PIECE_BYTES)
        except zlib.error as error:
            if self._made or self._window != ZLIB_WINDOW:
                raise FetchError(FetchFault.BAD_RESPONSE, f"the body cannot be unpacked: {error}") from error
            # Some servers send deflate without the zlib wrapper: start again without it.
            self._window = RAW_WINDOW
            self._stream = zlib.decompressobj(RAW_WINDOW)
            return self._unpack(self._head + packed)
        self._has_begun = True
        # The zlib wrapper begins with two bytes, which may arrive one by one: keep them for a second start.
        self._head = b"" if self._made or piece else self._head + packed
        return piece

    def _count(self, piece: bytes) -> bytes:
        self._made += len(piece)
        if self._made > self._limit:
            raise FetchError(FetchFault.TOO_LARGE, f"the body is larger than {self._limit} bytes")
        return piece


async def read_body(chunks: AsyncIterator[bytes], coding: str, limit: int, *, truncate: bool = False) -> bytes:
    """Read and unpack a whole body. Raises FetchError (too_large, truncated, bad_response).

    With `truncate`, a body beyond the limit is cut after the last piece within the limit, and too_large is not raised.
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
