"""Protection of the page: it answers only to loopback names, loads nothing from other sites, and refuses their forms.

A page on loopback can be reached by every site that the same browser shows: by a link, by a form, or, with DNS
rebinding, as if it were that site's own.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not `no-referrer`: with it a browser hides the origin of the page's own form, too.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
SAFE_METHODS = ("GET", "HEAD")


class PageGuard:
    """Middleware that refuses foreign hosts and foreign forms, and adds the protecting headers to each answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        fault = find_fault(scope["method"], Headers(scope=scope))
        if fault is not None:
            refusal = PlainTextResponse(f"{fault}\n", status_code=HTTPStatus.FORBIDDEN)
            await refusal(scope, receive, send_protected)
            return
        await self._app(scope, receive, send_protected)


def find_fault(method: str, headers: Headers) -> str | None:
    """Return why a request is refused, or None if it may pass."""
    host = headers.get("host", "")
    if _read_host(f"//{host}") not in LOOPBACK_HOSTS:
        return "This page answers only at 127.0.0.1, localhost and [::1]. Open it at one of these addresses."
    if method in SAFE_METHODS:
        return None
    origin = headers.get("origin")
    is_own = (
        urlsplit(origin).netloc == host if origin else headers.get("sec-fetch-site", "same-origin") == "same-origin"
    )
    return None if is_own else "This form was sent by another site."


def _read_host(address: str) -> str | None:
    """Return the host of an address without its port, or None if it is malformed."""
    try:
        parts = urlsplit(address)
        return parts.hostname if parts.port is None or parts.port else None
    except ValueError:
        return None
