"""Frames on a byte stream."""

from __future__ import annotations

import asyncio
import socket

import pytest

from services.runtime.service.frames import FrameReader, FrameSocket, pack_frame

PAYLOADS = [b"", b"x", b"\x00" * 5, b"y" * 300_000]


def feed(stream: asyncio.StreamReader, data: bytes, size: int) -> None:
    for start in range(0, len(data), size):
        stream.feed_data(data[start : start + size])


@pytest.mark.parametrize("size", [1, 3, 4, 5, 1_000_000])
async def test_frames_are_read_as_they_were_packed(size: int) -> None:
    """The asyncio reader returns each payload, an empty one too, however the bytes are split on the way."""
    payloads = PAYLOADS if size > 1_000 else PAYLOADS[:3]
    stream = asyncio.StreamReader()
    feed(stream, b"".join(map(pack_frame, payloads)), size)
    frames = FrameReader(stream)
    assert [await frames.read() for _ in payloads] == payloads


@pytest.mark.parametrize("arrived", range(8))
async def test_a_cancelled_read_loses_no_byte(arrived: int) -> None:
    """A read that is cancelled in the middle of a frame is continued by the next one."""
    frame = pack_frame(b"text")
    stream = asyncio.StreamReader()
    stream.feed_data(frame[:arrived])
    frames = FrameReader(stream)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await frames.read()
    stream.feed_data(frame[arrived:])
    assert await frames.read() == b"text"


async def test_a_stream_that_ends_inside_a_frame() -> None:
    """The asyncio reader raises IncompleteReadError when the stream ends, inside a frame or between two."""
    for data in (b"", pack_frame(b"text")[:-1]):
        stream = asyncio.StreamReader()
        stream.feed_data(data)
        stream.feed_eof()
        with pytest.raises(asyncio.IncompleteReadError):
            await FrameReader(stream).read()


def test_blocking_frames() -> None:
    """The blocking side reads what the blocking side wrote, and None once the other side is closed."""
    one, other = socket.socketpair()
    with one, other:
        sender, receiver = FrameSocket(one), FrameSocket(other)
        for payload in PAYLOADS[:3]:
            sender.write(payload)
            assert receiver.read() == payload
        one.sendall(pack_frame(b"text")[:-1])
        one.shutdown(socket.SHUT_WR)
        assert receiver.read() is None
        assert receiver.read() is None
