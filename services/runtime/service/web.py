"""The HTTP page that each service has: /metrics, /live and /ready."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus

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
    """Build the routes /metrics, /live and /ready. Ingest adds them to the routes of its API."""

    async def show_metrics(_: Request) -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    async def show_live(_: Request) -> Response:
        return _build_response(*health.check_live())

    async def show_ready(_: Request) -> Response:
        return _build_response(*health.check_ready())

    return [Route("/metrics", show_metrics), Route("/live", show_live), Route("/ready", show_ready)]


def build_page(metrics: Metrics, health: Health) -> Starlette:
    """Build the page of a service that has no other HTTP routes."""
    return Starlette(routes=build_routes(metrics, health))


@contextlib.asynccontextmanager
async def serve(app: ASGIApp, host: str, port: int, *, grace: float = 5.0) -> AsyncIterator[tuple[str, int]]:
    """Serve an ASGI application in this event loop until the block ends; yield the bound host and port.

    At the end, open requests have `grace` seconds. Raises ConfigurationError if the address cannot be bound. uvicorn
    handles no signals here: only the lifecycle does.
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
    # asyncio switches Nagle's algorithm off only if the protocol is named; the algorithm would delay answers by 40 ms.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise ConfigurationError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; give another port, or 0 for any free one"
        ) from error
    return sock


def _build_response(ok: bool, message: str) -> Response:
    return PlainTextResponse(f"{message}\n", status_code=HTTPStatus.OK if ok else HTTPStatus.SERVICE_UNAVAILABLE)
