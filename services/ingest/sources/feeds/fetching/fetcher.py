"""Fetch of one URL with redirects, limits and timeouts. Every failure is a FetchError with its fault."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.fetching.bodies import ACCEPT_ENCODING, read_body
from services.ingest.sources.feeds.fetching.hosts import HostThrottle
from services.outcomes import FetchFault

MAX_REDIRECTS = 5
MAX_PORT = 65_535
PERMANENT_REDIRECTS = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
"""Statuses after which the new URL is to be used from now on (RFC 9110, 15.4)."""
REDIRECTS = PERMANENT_REDIRECTS | {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT}

CheckAllowed = Callable[[str], Awaitable[float]]
"""Function that is called before each request for a URL.

It returns the number of seconds to leave the host alone afterwards, and raises FetchError to forbid the request.
"""


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """Description of what is fetched, and of how much."""

    url: str
    accept: str
    """Value of the Accept header."""
    max_bytes: int
    """Largest body after unpacking, in bytes."""
    headers: Mapping[str, str]
    """Headers for every host that redirects lead to, such as the validators."""
    origin_headers: Mapping[str, str]
    """Headers for the origin of `origin_url` alone, such as credentials."""
    origin_url: str = ""
    truncate: bool = False
    """True cuts a body beyond `max_bytes`; False makes it an error."""
    check_allowed: CheckAllowed | None = None


@dataclass(frozen=True, slots=True)
class FetchResponse:
    """Last response, after all redirects."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    permanent_url: str | None
    """URL that the resource has from now on: where the unbroken row of permanent redirects from the start leads to."""


class Fetcher:
    """HTTP client for one GET at a time to each host."""

    def __init__(self, client: httpx.AsyncClient, hosts: HostThrottle, *, agent: str, total_timeout: float) -> None:
        self._client = client
        self._hosts = hosts
        self._agent = agent
        self._total_timeout = total_timeout

    async def get(self, request: FetchRequest) -> FetchResponse:
        """Send a GET request and follow redirects. Returns a response of any status. Raises FetchError."""
        url, permanent = request.url, None
        is_permanent = True
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._get_once(request, url)
            if response.status not in REDIRECTS:
                return FetchResponse(response.status, url, response.headers, response.body, permanent)
            url = _find_target(url, response)
            is_permanent = is_permanent and response.status in PERMANENT_REDIRECTS
            permanent = url if is_permanent else permanent
        raise FetchError(FetchFault.TOO_MANY_REDIRECTS, f"the server redirected more than {MAX_REDIRECTS} times")

    async def _get_once(self, request: FetchRequest, url: str) -> FetchResponse:
        delay = await request.check_allowed(url) if request.check_allowed is not None else 0.0
        host = _parse_url(url).host
        async with self._hosts.slot(host, delay=delay):
            try:
                async with asyncio.timeout(self._total_timeout):
                    return await self._exchange(request, url)
            except TimeoutError as error:
                message = f"host {host} did not send the whole response within {self._total_timeout:g} s"
                raise FetchError(FetchFault.TIMED_OUT, message) from error
            except httpx.TimeoutException as error:
                raise FetchError(
                    FetchFault.TIMED_OUT, f"host {host} did not answer in time ({type(error).__name__})"
                ) from error
            except httpx.RemoteProtocolError as error:
                raise FetchError(FetchFault.BAD_RESPONSE, f"host {host} broke the HTTP protocol: {error}") from error
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                raise FetchError(
                    FetchFault.UNREACHABLE, f"host {host} cannot be reached: {error or type(error).__name__}"
                ) from error

    async def _exchange(self, request: FetchRequest, url: str) -> FetchResponse:
        headers = {
            "user-agent": self._agent,
            "accept": request.accept,
            "accept-encoding": ACCEPT_ENCODING,
            "connection": "close",
            **request.headers,
            **(request.origin_headers if _is_same_origin(url, request.origin_url) else {}),
        }
        # Send no cookies, so that a server cannot connect one request with another.
        self._client.cookies.clear()
        response = await self._client.send(self._client.build_request("GET", url, headers=headers), stream=True)
        try:
            body = b""
            if response.status_code == HTTPStatus.OK:
                coding = response.headers.get("content-encoding", "")
                body = await read_body(
                    response.aiter_raw(), coding, request.max_bytes, truncate=request.truncate
                )  # fmt: skip
        finally:
            await response.aclose()
        return FetchResponse(response.status_code, url, response.headers, body, None)


def _parse_url(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
        # httpx accepts any number as a port.
        if not 0 < (parsed.port or 1) <= MAX_PORT:
            raise ValueError(f"port {parsed.port} is not from 1 to {MAX_PORT}")
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError(FetchFault.BAD_RESPONSE, f"the URL is not valid: {error}") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        scheme = parsed.scheme[:20] or "none"
        raise FetchError(FetchFault.FORBIDDEN_SCHEME, f"the URL's scheme is {scheme}; only http and https are allowed")
    return parsed


def _find_target(url: str, response: FetchResponse) -> str:
    """Find where a redirect leads: its Location, relative to the URL of the request (RFC 9110, 10.2.2).

    A user name and password in the Location are dropped: the operator did not choose them.
    """
    location = response.headers.get("location", "")
    if not location:
        raise FetchError(
            FetchFault.BAD_RESPONSE, f"the server answered status {response.status} without a Location header"
        )
    try:
        target = httpx.URL(url).join(location)
        return str(target.copy_with(username=None, password=None, fragment=None))
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError(FetchFault.BAD_RESPONSE, f"the redirect's Location is not a valid URL: {error}") from error


def _is_same_origin(url: str, origin_url: str) -> bool:
    if not origin_url:
        return False
    one, other = httpx.URL(url), httpx.URL(origin_url)
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)
