"""robots.txt (RFC 9309) of the hosts whose pages are fetched."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from protego import Protego

from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.fetching.fetcher import Fetcher, FetchRequest
from services.outcomes import FetchFault

MAX_BYTES = 512_000
"""RFC 9309, 2.5: at least 500 KiB are to be read; what follows is left out."""
KEPT = 86_400.0
"""Seconds. RFC 9309, 2.4: no longer than a day."""
KEPT_UNREACHABLE = 600.0
"""Seconds after which a host that did not answer is asked again."""
MAX_KEPT = 1_000
"""Origins; beyond it the oldest is forgotten and asked again."""


@dataclass(frozen=True, slots=True)
class _Rules:
    parsed: Protego | None
    """None: nothing is allowed, since the host could not say what is."""
    until: float


class Robots:
    """What each host allows us."""

    def __init__(self, fetcher: Fetcher, *, product: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetcher = fetcher
        self._product = product
        self._clock = clock
        self._rules: dict[str, _Rules] = {}

    async def check(self, url: str) -> float:
        """The crawl delay that the host asks for, in seconds. Raises FetchError (robots) where we may not fetch."""
        try:
            origin = str(httpx.URL(url).copy_with(raw_path=b"/robots.txt", fragment=None, username=None, password=None))
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchError(FetchFault.BAD_RESPONSE, f"no URL: {error}") from error
        rules = self._rules.get(origin)
        if rules is None or rules.until <= self._clock():
            rules = await self._fetch(origin)
            self._rules.pop(origin, None)
            self._rules[origin] = rules
            if len(self._rules) > MAX_KEPT:
                self._rules.pop(next(iter(self._rules)))
        if rules.parsed is None:
            raise FetchError(FetchFault.ROBOTS, "robots.txt could not be had, so nothing is allowed")
        if not rules.parsed.can_fetch(url, self._product):
            raise FetchError(FetchFault.ROBOTS, "robots.txt does not allow it")
        return float(rules.parsed.crawl_delay(self._product) or 0.0)

    async def _fetch(self, url: str) -> _Rules:
        """RFC 9309, 2.3.1: a client error or a maze of redirects means no rules, a server error or silence a ban."""
        request = FetchRequest(url, "text/plain", MAX_BYTES, {}, {}, truncate=True)
        try:
            answer = await self._fetcher.get(request)
        except FetchError as error:
            if error.fault is FetchFault.TOO_MANY_REDIRECTS:
                return _Rules(Protego.parse(""), self._clock() + KEPT)
            return _Rules(None, self._clock() + KEPT_UNREACHABLE)
        if answer.status == 200:
            return _Rules(Protego.parse(answer.body.decode("utf-8-sig", errors="replace")), self._clock() + KEPT)
        if 400 <= answer.status < 500 and answer.status != 429:
            return _Rules(Protego.parse(""), self._clock() + KEPT)
        return _Rules(None, self._clock() + KEPT_UNREACHABLE)
