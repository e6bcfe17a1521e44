"""Checks before anything is started, so that a wrong setting or rule is the only thing that is reported."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from services.cli.kafka.connection import BOOTSTRAP
from services.errors import TransientError
from services.ingest.settings import IngestServiceSettings
from services.processor.annotate.settings import AnnotateServiceSettings
from services.processor.match.settings import MatchServiceSettings
from services.runtime.kafka.topics import find_cluster_id
from services.runtime.service.settings import KafkaSettings, load_settings
from services.sink.rules import EXAMPLE_RULES, Rules, read_rules
from services.sink.settings import SinkServiceSettings


def check_configuration(environ: Mapping[str, str]) -> Rules:
    """Check the settings of all services, and return the routing rules.

    Raises ConfigurationError, which names the variable, or the file and the line.
    """
    # The address of an embedded Kafka is not known yet.
    complete = {BOOTSTRAP: "embedded:0", **environ}
    load_settings(IngestServiceSettings, complete)
    load_settings(AnnotateServiceSettings, complete)
    load_settings(MatchServiceSettings, complete)
    return read_rules(load_settings(SinkServiceSettings, complete).sink.rules or EXAMPLE_RULES)


def check_broker(kafka: KafkaSettings) -> None:
    """Raise TransientError if the Kafka that the environment names does not answer."""
    try:
        asyncio.run(find_cluster_id(kafka))
    except TransientError as error:
        raise TransientError(f"{error}; start it, or unset {BOOTSTRAP} to run one here") from error
