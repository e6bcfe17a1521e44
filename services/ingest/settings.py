"""Settings of the ingest service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, Secret, StringConstraints

from services.ingest.sources.feeds.settings import FetchSettings
from services.runtime.service.settings import Section, ServiceSettings

KeyHash = Secret[Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]]


class IngestSettings(Section):
    """Settings of the HTTP API, the watched folder, standard input and the feeds."""

    host: str = "127.0.0.1"
    """Network interface of the HTTP API; use 0.0.0.0 in a container."""
    port: int = Field(default=8080, ge=0, le=65_535)
    """Port of the HTTP API and of /metrics, /live and /ready of this service; 0 means any free port."""
    api_keys: tuple[KeyHash, ...] = ()
    """SHA-256 of each allowed API key, in hex. Without hashes and without a key file no key is needed."""
    api_keys_file: Path | None = None
    """File with more hashes, one per line. It is read again when it changes, so keys can change without a restart."""
    max_request_bytes: int = Field(default=33_554_432, ge=1_024)
    """Largest request body in bytes."""
    max_batch_articles: int = Field(default=1_000, ge=1)
    """Maximum number of articles in one request."""
    max_in_flight_bytes: int = Field(default=67_108_864, ge=1_024)
    """Maximum sum of all request bodies in memory, in bytes. Above it requests get status 429: send again later."""
    receive_timeout: float = Field(default=30.0, gt=0)
    """Seconds in which a sender must send the whole body."""
    publish_timeout: float = Field(default=10.0, gt=0)
    """Seconds in which the broker must acknowledge. After them the request gets status 503: send again later."""
    retry_after: int = Field(default=2, ge=1)
    """Seconds in the Retry-After header of 408, 429 and 503."""
    folder: Path | None = None
    """Folder to watch for .txt, .html, .json and .jsonl files, also compressed (.gz), and for WARC files (.warc,
    .warc.gz). Files are moved to done/ or rejected/ inside it."""
    folder_rate: float | None = Field(default=None, gt=0)
    """Maximum number of articles a second from the folder, for large files; null for no limit."""
    folder_interval: float = Field(default=0.5, gt=0)
    """Seconds between two scans of the folder. A file that did not change between two scans is complete."""
    max_file_bytes: int = Field(default=268_435_456, ge=1_024)
    """Largest file in the folder, in bytes; larger ones are rejected. A compressed file or WARC file may have any size;
    for it this is the limit of one document or line in it."""
    stdin: Literal["off", "jsonl", "text"] = "off"
    """Reading of standard input: `jsonl` for one article per line, `text` for one article; then the service ends."""
    feeds: Path | None = None
    """YAML or JSON file with the RSS and Atom feeds to poll (docs/feeds.md)."""
    fetch: FetchSettings = FetchSettings()
    """Settings for fetching feeds and pages."""


class IngestServiceSettings(ServiceSettings):
    """All settings of the ingest service."""

    ingest: IngestSettings = IngestSettings()
