"""Settings of the embedded Kafka."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from services.runtime.service.settings import Section, load_section


class EmbeddedSettings(Section):
    """Source of the embedded Kafka, and how it runs."""

    kafka_home: Path | None = None
    """Folder of an unpacked Apache Kafka, with jars in it or in libs/. If it is set, no jar is downloaded."""
    cache_dir: Path = Path("~/.cache/copydesk")
    """Folder for downloaded jars, whose SHA-256 is checked at each start. ~ is the user's home folder."""
    data_dir: Path | None = None
    """Folder for the broker's data, which stays after the end. If absent, a temporary folder is used and removed."""
    host: str = "127.0.0.1"
    """Address on which the broker listens, and which it gives to its clients."""
    port: int = Field(default=0, ge=0, le=65_535)
    """Port of the broker; 0 chooses a free port, for `copydesk up` 9092 if that is free."""
    heap_megabytes: int = Field(default=512, ge=128)
    """Largest Java heap, in MiB."""
    start_deadline: float = Field(default=90.0, gt=0)
    """Seconds in which the broker must answer after its start; on an idle machine it needs a few."""
    stop_deadline: float = Field(default=15.0, gt=0)
    """Seconds in which the broker must stop before it is killed."""


def load_embedded_settings(environ: Mapping[str, str]) -> EmbeddedSettings:
    """Read the settings from the environment. Raises ConfigurationError, which names each wrong variable."""
    return load_section(EmbeddedSettings, "embedded", environ)
