"""Kafka settings of the commands: the same variables as those of the services, so that TLS and SASL work alike."""

from __future__ import annotations

from collections.abc import Mapping

from services.contracts.topics import TopicLayout
from services.runtime.service.settings import KafkaSettings, TopicsSettings, load_section, name_variable

BOOTSTRAP = name_variable("kafka", "bootstrap_servers")
"""Variable with the addresses of the brokers."""


def read_kafka(environ: Mapping[str, str], bootstrap_servers: str | None = None) -> KafkaSettings:
    """Return the Kafka settings of the environment. `bootstrap_servers`, if given, replaces the variable's value.

    Raises ConfigurationError, which names each wrong variable.
    """
    given = {} if bootstrap_servers is None else {BOOTSTRAP: bootstrap_servers}
    return load_section(KafkaSettings, "kafka", {**environ, **given})


def read_layout(environ: Mapping[str, str]) -> TopicLayout:
    """Return the names and settings of the topics, as the environment chooses them.

    Raises ConfigurationError, which names each wrong variable.
    """
    return load_section(TopicsSettings, "topics", environ).layout
