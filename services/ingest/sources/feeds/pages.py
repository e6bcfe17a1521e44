"""The pages that entries link to, for feeds that hold summaries only."""

from __future__ import annotations

from services.contracts.raw import MAX_CONTENT_CHARACTERS, has_visible_character
from services.ingest.sources.feeds.errors import FetchError
from services.ingest.sources.feeds.fetching.fetcher import Fetcher, FetchRequest
from services.ingest.sources.feeds.fetching.robots import Robots
from services.ingest.sources.feeds.parsing.encodings import decode
from services.outcomes import FetchFault

ACCEPT = "text/html, application/xhtml+xml;q=0.9"
MEDIA_TYPES = ("text/html", "application/xhtml+xml", "")
"""An answer without a media type is taken for the page that was asked for."""


class PageFetcher:
    """Fetches pages where robots.txt allows it."""

    def __init__(self, fetcher: Fetcher, robots: Robots, *, max_bytes: int) -> None:
        self._fetcher = fetcher
        self._robots = robots
        self._max_bytes = max_bytes

    async def fetch(self, url: str) -> str:
        """The page's HTML. Raises FetchError."""
        answer = await self._fetcher.get(
            FetchRequest(url, ACCEPT, self._max_bytes, headers={}, own_headers={}, approve=self._robots.check)
        )
        if answer.status != 200:
            raise FetchError(FetchFault.HTTP_STATUS, f"status {answer.status}")
        content_type = answer.headers.get("content-type", "")
        media_type = content_type.split(";")[0].strip().lower()
        if media_type not in MEDIA_TYPES:
            raise FetchError(FetchFault.NOT_A_PAGE, f"media type {media_type[:60]!r}")
        page = decode(answer.body, content_type, is_page=True)
        if len(page) > MAX_CONTENT_CHARACTERS or not has_visible_character(page):
            raise FetchError(FetchFault.NOT_A_PAGE, f"{len(page)} letters, nothing or more than an article may have")
        return page
