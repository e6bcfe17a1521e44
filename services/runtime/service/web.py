"""The small HTTP page of each service: /metrics, /live, /ready."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from services.errors import ConfigurationError
from services.runtime.service.health import Health
from services.runtime.service.metrics import Metrics


def build_routes(metrics: Metrics, health: Health) -> list[Route]:
    """The three routes; ingest mounts them beside its own."""

    async def show_metrics(_: Request) -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    async def show_live(_: Request) -> Response:
        return _answer(*health.is_live())

    async def show_ready(_: Request) -> Response:
        return _answer(*health.is_ready())

    return [Route("/metrics", show_metrics), Route("/live", show_live), Route("/ready", show_ready)]


def build_page(metrics: Metrics, health: Health) -> Starlette:
    """The page of a service that serves nothing else over HTTP."""
    return Starlette(routes=build_routes(metrics, health))


@contextlib.asynccontextmanager
async def serve(app: ASGIApp, host: str, port: int, *, grace: float = 5.0) -> AsyncIterator[tuple[str, int]]:
    """Serve an ASGI application in this event loop; yields the bound address.

    Raises ConfigurationError when the port is taken. uvicorn's own signal handlers stay out: the lifecycle
    has one place for signals.
    """
    sock = _bind(host, port)
    address = sock.getsockname()[:2]
    server = _Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=int(grace))
    )
    task = asyncio.create_task(server.serve(sockets=[sock]), name="http")
    try:
        await server.accepting.wait()
        yield address
    finally:
        server.should_exit = True
        await task
        sock.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.accepting.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only with the protocol named does asyncio switch Nagle's algorithm off, which would cost 40 ms an answer.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise ConfigurationError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
    return sock


def _answer(good: bool, why: str) -> Response:
    return PlainTextResponse(f"{why}\n", status_code=200 if good else 503)
