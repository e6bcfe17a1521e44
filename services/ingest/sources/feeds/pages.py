"""Fetch of the pages that entries link to, for feeds that contain only summaries."""

from __future__ import annotations

from http import HTTPStatus

from services.contracts.raw import MAX_CONTENT_CHARACTERS, has_visible_character
from services.ingest.encodings import DecodedText, decode
from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.fetching.fetcher import Fetcher, FetchRequest
from services.ingest.sources.feeds.fetching.robots import RobotsChecker
from services.outcomes import FetchFault

ACCEPT = "text/html, application/xhtml+xml;q=0.9"
MEDIA_TYPES = ("text/html", "application/xhtml+xml", "")
"""Media types that are read as a page; a response without one counts as the page that was asked for."""


class PageFetcher:
    """Fetcher of HTML pages that robots.txt allows."""

    def __init__(self, fetcher: Fetcher, robots: RobotsChecker, *, max_bytes: int) -> None:
        self._fetcher = fetcher
        self._robots = robots
        self._max_bytes = max_bytes

    async def fetch(self, url: str) -> DecodedText:
        """Fetch the HTML of a page. Raises FetchError."""
        response = await self._fetcher.get(
            FetchRequest(url, ACCEPT, self._max_bytes, headers={}, origin_headers={}, check_allowed=self._robots.check)
        )
        if response.status != HTTPStatus.OK:
            raise FetchError(FetchFault.HTTP_STATUS, f"the server answered status {response.status}")
        content_type = response.headers.get("content-type", "")
        media_type = content_type.split(";")[0].strip().lower()
        if media_type not in MEDIA_TYPES:
            raise FetchError(FetchFault.NOT_A_PAGE, f"media type {media_type[:60]!r} is not HTML")
        page = decode(response.body, content_type, form="page")
        if page.is_binary:
            raise FetchError(FetchFault.NOT_A_PAGE, "the bytes are no text in any encoding")
        if len(page.text) > MAX_CONTENT_CHARACTERS:
            message = f"the page has {len(page.text)} characters; an article has at most {MAX_CONTENT_CHARACTERS}"
            raise FetchError(FetchFault.NOT_A_PAGE, message)
        if not has_visible_character(page.text):
            raise FetchError(FetchFault.NOT_A_PAGE, "the page has no visible character")
        return page
