"""Settings of the embedded Kafka."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from services.runtime.service.settings import Section, load_section


class EmbeddedSettings(Section):
    """Where the embedded Kafka comes from and how it runs."""

    kafka_home: Path | None = None
    """An unpacked Apache Kafka (jars in it or in its libs/), used as it is; nothing is fetched then."""
    cache_dir: Path = Path("~/.cache/copydesk")
    """Where fetched jars are kept, checked by their sha256 at each start; ~ is the user's home."""
    data_dir: Path | None = None
    """The broker's data, kept after the end; a temporary folder that is removed when absent."""
    host: str = "127.0.0.1"
    """Interface of the broker, which is also what it tells its clients."""
    port: int = Field(default=0, ge=0, le=65_535)
    """Port of the broker; 0 takes a free one."""
    heap_megabytes: int = Field(default=512, ge=128)
    """Upper bound of the Java heap."""
    start_deadline: float = Field(default=90.0, gt=0)
    """Seconds until the broker must answer; a few suffice on an idle machine."""
    stop_deadline: float = Field(default=15.0, gt=0)
    """Seconds that the broker has to stop in before it is killed."""


def load_embedded_settings(environ: Mapping[str, str]) -> EmbeddedSettings:
    """How to start an embedded broker, from the environment. Raises ConfigurationError naming each wrong variable."""
    return load_section(EmbeddedSettings, "embedded", environ)
