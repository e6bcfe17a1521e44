"""How feeds and the pages that they link to are fetched."""

from __future__ import annotations

from pydantic import Field

from services import __version__
from services.runtime.service.settings import Section

PRODUCT = "Copydesk"
"""The product token of the User-Agent, and the name that robots.txt files know us by (RFC 9309, 2.2.1)."""
HEADER_TEXT = r"^[\x20-\x7e]{1,256}$"


class FetchSettings(Section):
    """Manners, limits and time-outs of fetching; the same for each feed."""

    contact: str | None = Field(default=None, pattern=HEADER_TEXT)
    """An address or URL at which a publisher reaches you; part of the User-Agent."""
    user_agent: str | None = Field(default=None, pattern=HEADER_TEXT)
    """The whole User-Agent, in place of `Copydesk/<version> (+<contact>)`."""
    allow_private: bool = False
    """Fetch from private, loopback and link-local addresses too; leave it off where feeds are not your own."""
    connect_timeout: float = Field(default=10.0, gt=0)
    """Seconds to connect, TLS included."""
    read_timeout: float = Field(default=20.0, gt=0)
    """Seconds without a byte."""
    total_timeout: float = Field(default=60.0, gt=0)
    """Seconds for one request with its whole answer."""
    parse_timeout: float = Field(default=60.0, gt=0)
    """Seconds for parsing one feed, after which its parser is killed."""
    max_feed_bytes: int = Field(default=10_485_760, ge=1_024)
    """Largest feed, unpacked."""
    max_page_bytes: int = Field(default=4_194_304, ge=1_024)
    """Largest page, unpacked."""
    max_entries: int = Field(default=1_000, ge=1)
    """Most entries taken from a feed in one fetch; the others come with the next."""
    concurrency: int = Field(default=8, ge=1, le=256)
    """Feeds fetched at a time; of one host never more than one request is under way."""
    host_pause: float = Field(default=1.0, ge=0)
    """Seconds between two requests to one host; a longer crawl delay in robots.txt counts, up to a minute."""
    backoff_max: float = Field(default=21_600.0, gt=0)
    """Most seconds between two tries of a feed that fails; a longer Retry-After counts, up to a week."""

    @property
    def agent(self) -> str:
        """The User-Agent header's value."""
        contact = f" (+{self.contact})" if self.contact else ""
        return self.user_agent or f"{PRODUCT}/{__version__}{contact}"

    @property
    def product(self) -> str:
        """The product token, which robots.txt files name."""
        return self.agent.split("/")[0].split()[0]
