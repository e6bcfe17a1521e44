"""Settings for fetching feeds and the pages that they link to."""

from __future__ import annotations

from pydantic import Field

from services import __version__
from services.runtime.service.settings import Section

PRODUCT = "Copydesk"
"""Product token of the User-Agent, which is the name that robots.txt files use for us (RFC 9309, 2.2.1)."""
HEADER_TEXT = r"^[\x20-\x7e]{1,256}$"


class FetchSettings(Section):
    """Politeness, limits and timeouts of fetching; the same for every feed."""

    contact: str | None = Field(default=None, pattern=HEADER_TEXT)
    """Email address or URL at which a publisher can reach you; part of the User-Agent."""
    user_agent: str | None = Field(default=None, pattern=HEADER_TEXT)
    """Whole User-Agent; replaces `Copydesk/<version> (+<contact>)`."""
    allow_private: bool = False
    """Allow private, loopback and link-local addresses. Leave it off unless all feeds are your own."""
    connect_timeout: float = Field(default=10.0, gt=0)
    """Seconds to connect, TLS included."""
    read_timeout: float = Field(default=20.0, gt=0)
    """Seconds to wait for the next byte."""
    total_timeout: float = Field(default=60.0, gt=0)
    """Seconds for one request with its whole response."""
    parse_timeout: float = Field(default=60.0, gt=0)
    """Seconds to parse one feed; after them the parser process is killed."""
    max_feed_bytes: int = Field(default=10_485_760, ge=1_024)
    """Largest feed after unpacking, in bytes."""
    max_page_bytes: int = Field(default=16_777_216, ge=1_024)
    """Largest page after unpacking, in bytes."""
    max_entries: int = Field(default=1_000, ge=1)
    """Maximum number of new entries published from a feed after one fetch; the next fetch publishes the rest."""
    concurrency: int = Field(default=8, ge=1, le=256)
    """Feeds fetched at the same time. There is never more than one request to a host at a time."""
    host_pause: float = Field(default=1.0, ge=0)
    """Seconds between two requests to one host. A longer crawl delay in robots.txt is obeyed, up to a minute."""
    backoff_max: float = Field(default=21_600.0, gt=0)
    """Longest pause in seconds before a failing feed is fetched again. A longer Retry-After is obeyed, up to a week."""

    @property
    def agent(self) -> str:
        """Value of the User-Agent header."""
        contact = f" (+{self.contact})" if self.contact else ""
        return self.user_agent or f"{PRODUCT}/{__version__}{contact}"

    @property
    def product(self) -> str:
        """Product token of the User-Agent, which robots.txt files name."""
        return self.agent.split("/")[0].split()[0]
