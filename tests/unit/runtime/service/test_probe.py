"""Tests of the health check inside an image."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from services.runtime.service import probe


class Page(BaseHTTPRequestHandler):
    """A page of a service that is live and not ready."""

    def do_GET(self) -> None:
        good = self.path == "/live"
        self.send_response(200 if good else 503)
        self.end_headers()
        self.wfile.write(b"live\n" if good else b"not ready: consumer\n")

    def log_message(self, *_: object) -> None:
        """Write no log."""


@pytest.fixture
def port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_answer_decides(port: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 200 gives exit code 0 and any other gives 1; the answer is printed, and no proxy is asked."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert probe.main(["/live", str(port)]) == 0
    assert probe.main(["/ready", str(port)]) == 1
    assert capsys.readouterr().out.splitlines() == ["live", "not ready: consumer"]


def test_no_answer_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """A page that no process serves fails the check, and the cause is printed."""
    assert probe.main(["/live", "9"]) == 1
    assert "ConnectionRefusedError" in capsys.readouterr().out
