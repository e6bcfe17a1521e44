"""Choice of free TCP ports."""

from __future__ import annotations

import contextlib
import random
import socket

from services.errors import ConfigurationError, TransientError

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
        if is_free(port, host):
            return port
    raise TransientError(f"none of {TRIES} random ports on {host} is free; stop other programs and try again")


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe, contextlib.suppress(OSError):
        # Connections that ended a short time ago do not hinder a server that starts again on its port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        return True
    return False


def require_free(port: int, what: str, advice: str, host: str = "127.0.0.1") -> None:
    """Raise ConfigurationError if another program listens on the port that is set for `what`."""
    if port and not is_free(port, host):
        raise ConfigurationError(f"port {port} on {host}, for {what}, is in use by another program; {advice}")
