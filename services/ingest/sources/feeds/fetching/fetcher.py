"""Fetching one URL: redirects, limits, time-outs; every failure is a FetchError with its fault."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import httpx

from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.fetching.bodies import ACCEPT_ENCODING, read_body
from services.ingest.sources.feeds.fetching.hosts import HostThrottle
from services.outcomes import FetchFault

MAX_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
"""RFC 9110, 15.4: the new address is to be used from now on."""
MAX_HEADER = 1_024
"""Letters of a validator that are kept; a longer one is sent back as it came by nobody."""

Approve = Callable[[str], Awaitable[float]]
"""Asked before each request for a URL: the seconds to leave its host alone afterwards, or raises FetchError."""


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What is to be fetched."""

    url: str
    accept: str
    max_bytes: int
    """Unpacked."""
    headers: Mapping[str, str]
    """For each host on the way, such as the validators."""
    own_headers: Mapping[str, str]
    """For the origin of `own_url` alone, such as credentials."""
    own_url: str = ""
    truncate: bool = False
    """Leave out what is beyond `max_bytes` instead of failing."""
    approve: Approve | None = None


@dataclass(frozen=True, slots=True)
class FetchResponse:
    """The last answer, after redirects."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    permanent_url: str | None
    """Where the resource lives from now on, when all redirects up to there were permanent."""


class Fetcher:
    """Fetches with one client, within the manners that `hosts` keeps."""

    def __init__(self, client: httpx.AsyncClient, hosts: HostThrottle, *, agent: str, total_timeout: float) -> None:
        self._client = client
        self._hosts = hosts
        self._agent = agent
        self._total_timeout = total_timeout

    async def get(self, request: FetchRequest) -> FetchResponse:
        """GET, following redirects. Whatever status the last answer has is returned. Raises FetchError."""
        url, permanent = request.url, None
        is_permanent = True
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._get_once(request, url)
            if answer.status not in REDIRECTS:
                return FetchResponse(answer.status, url, answer.headers, answer.body, permanent)
            url = _find_target(url, answer)
            is_permanent = is_permanent and answer.status in PERMANENT
            permanent = url if is_permanent else permanent
        raise FetchError(FetchFault.TOO_MANY_REDIRECTS, f"more than {MAX_REDIRECTS} redirects")

    async def _get_once(self, request: FetchRequest, url: str) -> FetchResponse:
        delay = await request.approve(url) if request.approve is not None else 0.0
        host = _check_url(url).host
        async with self._hosts.slot(host, delay=delay):
            try:
                async with asyncio.timeout(self._total_timeout):
                    return await self._exchange(request, url)
            except TimeoutError as error:
                message = f"no whole answer within {self._total_timeout:g} s"
                raise FetchError(FetchFault.TIMED_OUT, message) from error
            except httpx.TimeoutException as error:
                raise FetchError(FetchFault.TIMED_OUT, f"{type(error).__name__} at {host}") from error
            except httpx.RemoteProtocolError as error:
                raise FetchError(FetchFault.BAD_RESPONSE, str(error)) from error
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                raise FetchError(FetchFault.UNREACHABLE, f"{host}: {error or type(error).__name__}") from error

    async def _exchange(self, request: FetchRequest, url: str) -> FetchResponse:
        headers = {
            "user-agent": self._agent,
            "accept": request.accept,
            "accept-encoding": ACCEPT_ENCODING,
            "connection": "close",
            **request.headers,
            **(request.own_headers if _is_same_origin(url, request.own_url) else {}),
        }
        # No cookies: each request is a stranger's.
        self._client.cookies.clear()
        response = await self._client.send(self._client.build_request("GET", url, headers=headers), stream=True)
        try:
            body = b""
            if response.status_code == 200:
                coding = response.headers.get("content-encoding", "")
                body = await read_body(
                    response.aiter_raw(), coding, request.max_bytes, truncate=request.truncate
                )  # fmt: skip
        finally:
            await response.aclose()
        return FetchResponse(response.status_code, url, response.headers, body, None)


def _check_url(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
        # httpx takes any number for a port.
        if not 0 < (parsed.port or 1) <= 65_535:
            raise ValueError("no such port")
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError(FetchFault.BAD_RESPONSE, f"no URL: {error}") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise FetchError(FetchFault.FORBIDDEN_SCHEME, f"{parsed.scheme[:20] or 'no scheme'}: only http and https")
    return parsed


def _find_target(url: str, answer: FetchResponse) -> str:
    """RFC 9110, 10.2.2: relative to the URL that was asked; without user name and password, which are the redirecting
    server's idea and not the operator's."""
    location = answer.headers.get("location", "")
    if not location:
        raise FetchError(FetchFault.BAD_RESPONSE, f"status {answer.status} without a location")
    try:
        target = httpx.URL(url).join(location)
        return str(target.copy_with(username=None, password=None, fragment=None))
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError(FetchFault.BAD_RESPONSE, f"redirect to no URL: {error}") from error


def _is_same_origin(url: str, own_url: str) -> bool:
    if not own_url:
        return False
    one, other = httpx.URL(url), httpx.URL(own_url)
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)
