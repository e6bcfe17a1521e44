"""The choice of ports."""

from __future__ import annotations

import socket

import pytest

from services.embedded.ports import find_free_port, is_free, require_free
from services.errors import ConfigurationError


def test_a_port_in_use_is_not_chosen() -> None:
    """The preferred port is chosen only if no process listens on it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        assert find_free_port(preferred=port) != port
    assert find_free_port(preferred=port) == port


def test_a_port_that_was_asked_for_must_be_free() -> None:
    """The error of a port in use names the port, its purpose and the way out; port 0 is always free."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} .* for Kafka, is in use .*; take another"):
            require_free(port, "Kafka", "take another")
    require_free(port, "Kafka", "take another")
    require_free(0, "Kafka", "take another")


def test_a_closed_connection_does_not_occupy_its_port() -> None:
    """A server that starts again finds its port free, although connections to it were open a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = server.accept()
            accepted.close()
    assert is_free(port)
