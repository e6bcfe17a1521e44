"""Frames on a byte stream: the length of a payload, then the payload. An asyncio side and a blocking side.

multiprocessing.connection sends such frames too, but only blocks: the asyncio side would need a thread per child.
"""

from __future__ import annotations

import asyncio
import socket
import struct

LENGTH = struct.Struct("!I")
"""Number of bytes in the payload: 4 bytes, big-endian."""


def pack_frame(payload: bytes) -> bytes:
    """Return the frame of a payload. Raises struct.error for a payload of 4 GiB or more."""
    return LENGTH.pack(len(payload)) + payload


class FrameReader:
    """The asyncio side's reader; the next call continues a read that was cancelled, so that no byte is lost."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self._length: int | None = None
        """Payload length of the frame whose header is read already."""

    async def read(self) -> bytes:
        """Return the next payload. Raises asyncio.IncompleteReadError at the end of the stream, and OSError."""
        if self._length is None:
            (self._length,) = LENGTH.unpack(await self._stream.readexactly(LENGTH.size))
        payload = await self._stream.readexactly(self._length)
        self._length = None
        return payload


class FrameSocket:
    """The blocking side of a connected socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._incoming = connection.makefile("rb")

    def read(self) -> bytes | None:
        """Return the next payload, which may be empty, or None when the other side has closed the connection."""
        header = self._incoming.read(LENGTH.size)
        if len(header) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack(header)
        payload = self._incoming.read(length)
        return payload if len(payload) == length else None

    def write(self, payload: bytes) -> None:
        """Send a payload. Raises OSError when the other side has gone."""
        self._connection.sendall(pack_frame(payload))
