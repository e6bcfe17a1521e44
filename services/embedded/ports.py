"""Choice of free TCP ports."""

from __future__ import annotations

import contextlib
import random
import socket

from services.errors import TransientError

PORTS = range(20_000, 32_000)
"""Ports to choose from: below the range that systems use for outgoing connections, so that a restarted process finds
its port free."""
TRIES = 100


def find_free_port(host: str = "127.0.0.1", *, preferred: int | None = None) -> int:
    """Return a port on which no process listens now: `preferred` if that port is free.

    With 0 or None as `preferred`, any free port is returned.

    Raises TransientError if none of many random ports is free.
    """
    candidates: list[int] = [preferred] if preferred else []
    for port in (*candidates, *random.sample(PORTS, TRIES)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((host, port))
            return port
    raise TransientError(f"none of {TRIES} random ports on {host} is free; stop other programs and try again")
