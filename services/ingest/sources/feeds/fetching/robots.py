"""Rules of robots.txt (RFC 9309) for the hosts whose pages are fetched."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import httpx
from protego import Protego

from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.fetching.fetcher import Fetcher, FetchRequest
from services.outcomes import FetchFault

MAX_BYTES = 512_000
"""Maximum number of bytes of a robots.txt that are read; the rest is ignored. RFC 9309, 2.5 demands at least 500
KiB."""
RULES_LIFETIME = 86_400.0
"""Seconds after which a robots.txt is fetched again. RFC 9309, 2.4 allows no more than a day."""
UNREACHABLE_LIFETIME = 600.0
"""Seconds after which a host that did not answer is asked again."""
MAX_ORIGINS = 1_000
"""Maximum number of origins whose rules are stored; above it the oldest rules are dropped and fetched again when
needed."""


@dataclass(frozen=True, slots=True)
class _OriginRules:
    parsed: Protego | None
    """Parsed robots.txt; None forbids everything, since the host could not say what it allows."""
    until: float


class RobotsChecker:
    """Check of each page's URL against the robots.txt of its origin."""

    def __init__(self, fetcher: Fetcher, *, product: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetcher = fetcher
        self._product = product
        self._clock = clock
        self._rules: dict[str, _OriginRules] = {}

    async def check(self, url: str) -> float:
        """Check that robots.txt allows a URL, and return the host's crawl delay in seconds.

        Raises FetchError: robots if it is not allowed, bad_response if the URL is not valid.
        """
        try:
            origin = str(httpx.URL(url).copy_with(raw_path=b"/robots.txt", fragment=None, username=None, password=None))
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchError(FetchFault.BAD_RESPONSE, f"the URL is not valid: {error}") from error
        rules = self._rules.get(origin)
        if rules is None or rules.until <= self._clock():
            rules = await self._fetch(origin)
            self._rules.pop(origin, None)
            self._rules[origin] = rules
            if len(self._rules) > MAX_ORIGINS:
                self._rules.pop(next(iter(self._rules)))
        if rules.parsed is None:
            raise FetchError(FetchFault.ROBOTS, f"{origin} could not be fetched, so no page of the host is allowed")
        if not rules.parsed.can_fetch(url, self._product):
            raise FetchError(FetchFault.ROBOTS, f"{origin} does not allow this page for {self._product}")
        return float(rules.parsed.crawl_delay(self._product) or 0.0)

    async def _fetch(self, url: str) -> _OriginRules:
        """Fetch a robots.txt.

        RFC 9309, 2.3.1: a client error or too many redirects means that everything is allowed, a server error or no
        response that nothing is.
        """
        request = FetchRequest(url, "text/plain", MAX_BYTES, {}, {}, truncate=True)
        try:
            response = await self._fetcher.get(request)
        except FetchError as error:
            if error.fault is FetchFault.TOO_MANY_REDIRECTS:
                return self._parse("")
            return self._forbid_all()
        if response.status == HTTPStatus.OK:
            return self._parse(response.body.decode("utf-8-sig", errors="replace"))
        is_client_error = HTTPStatus.BAD_REQUEST <= response.status < HTTPStatus.INTERNAL_SERVER_ERROR
        if is_client_error and response.status != HTTPStatus.TOO_MANY_REQUESTS:
            return self._parse("")
        return self._forbid_all()

    def _parse(self, text: str) -> _OriginRules:
        return _OriginRules(Protego.parse(text), self._clock() + RULES_LIFETIME)

    def _forbid_all(self) -> _OriginRules:
        return _OriginRules(None, self._clock() + UNREACHABLE_LIFETIME)
