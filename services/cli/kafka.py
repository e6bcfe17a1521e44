"""How the commands reach Kafka: by the variables that the services read, so that TLS and SASL are theirs too."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from services.runtime.settings import KafkaSettings, load_settings, name_variable


class _ClientSettings(BaseModel):
    """The one section that concerns them."""

    model_config = ConfigDict(frozen=True)

    kafka: KafkaSettings


def read_kafka(environ: Mapping[str, str], bootstrap_servers: str | None = None) -> KafkaSettings:
    """Settings from the environment; `bootstrap_servers`, where given, in place of its own.

    Raises ConfigurationError naming each wrong variable.
    """
    given = {} if bootstrap_servers is None else {name_variable("kafka", "bootstrap_servers"): bootstrap_servers}
    return load_settings(_ClientSettings, {**environ, **given}).kafka
