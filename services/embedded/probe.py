"""Probe that asks a broker for its metadata, without a Kafka client."""

from __future__ import annotations

import socket
import struct


def is_answering(host: str, port: int) -> bool:
    """Return whether a metadata request (version 5, no topics) gets an answer with at least one broker."""
    client_id = b"copydesk-probe"
    body = struct.pack(">hhih", 3, 5, 1, len(client_id)) + client_id + struct.pack(">i?", 0, False)
    try:
        with socket.create_connection((host, port), timeout=1.0) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            with connection.makefile("rb") as answer:
                _, _, _, brokers = struct.unpack(">iiii", answer.read(16))
    except (OSError, struct.error):
        return False
    return bool(brokers > 0)
