"""How the commands reach Kafka: by the variables that the services read, so that TLS and SASL are theirs too."""

from __future__ import annotations

from collections.abc import Mapping

from services.runtime.service.settings import KafkaSettings, load_section, name_variable


def read_kafka(environ: Mapping[str, str], bootstrap_servers: str | None = None) -> KafkaSettings:
    """Settings from the environment; `bootstrap_servers`, where given, in place of its own.

    Raises ConfigurationError naming each wrong variable.
    """
    given = {} if bootstrap_servers is None else {name_variable("kafka", "bootstrap_servers"): bootstrap_servers}
    return load_section(KafkaSettings, "kafka", {**environ, **given})
