"""Settings of ingest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, Secret, StringConstraints

from services.ingest.sources.feeds.settings import FetchSettings
from services.runtime.service.settings import Section, ServiceSettings

KeyHash = Secret[Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]]


class IngestSettings(Section):
    """The HTTP edge, the watched folder, standard input and feeds."""

    host: str = "127.0.0.1"
    """Interface of the HTTP API; 0.0.0.0 in a container."""
    port: int = Field(default=8080, ge=0, le=65_535)
    """Port of the HTTP API, and of /metrics, /live and /ready of this service; 0 takes a free one."""
    api_keys: tuple[KeyHash, ...] = ()
    """SHA-256 of each API key that is admitted, in hex; without these and without a file everybody is."""
    api_keys_file: Path | None = None
    """A file with such hashes, one a line, read again when it changes: keys come and go without a restart."""
    max_request_bytes: int = Field(default=16_777_216, ge=1_024)
    """Largest request body."""
    max_batch_articles: int = Field(default=1_000, ge=1)
    """Most articles in one request."""
    max_in_flight_bytes: int = Field(default=67_108_864, ge=1_024)
    """Request bodies held at a time; beyond it senders are told to come again (429)."""
    receive_timeout: float = Field(default=30.0, gt=0)
    """Seconds in which a sender must have sent its body."""
    publish_timeout: float = Field(default=10.0, gt=0)
    """Seconds in which the broker must have acknowledged; after them the sender is told to come again (503)."""
    retry_after: int = Field(default=2, ge=1)
    """Seconds that 429 and 503 tell senders to wait."""
    folder: Path | None = None
    """A folder to watch for .txt, .html, .json and .jsonl files; they end in done/ or rejected/ inside it."""
    folder_interval: float = Field(default=0.5, gt=0)
    """Seconds between two looks at the folder; a file that did not change between two looks is complete."""
    max_file_bytes: int = Field(default=268_435_456, ge=1_024)
    """Largest file that is taken from the folder."""
    stdin: Literal["off", "jsonl", "text"] = "off"
    """jsonl: one article a line from standard input; text: all of it is one article. The service ends after it."""
    feeds: Path | None = None
    """A YAML or JSON file that lists RSS and Atom feeds to be polled (docs/feeds.md)."""
    fetch: FetchSettings = FetchSettings()
    """How they are fetched."""


class IngestServiceSettings(ServiceSettings):
    """All settings of the ingest service."""

    ingest: IngestSettings = IngestSettings()
