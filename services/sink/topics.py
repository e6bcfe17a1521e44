"""Topics that a deployment needs: the declared ones, and those of its routes."""

from __future__ import annotations

from pathlib import Path

from services.contracts.topics import DECLARED, Topic, route_topic
from services.sink.bootstrap import EXAMPLE_RULES
from services.sink.rules import read_rules


def list_topics(rules: Path | None) -> tuple[Topic, ...]:
    """List every topic that the services use, with the topics of the routing rules (of the example rules if None).

    Raises ConfigurationError for wrong rules.
    """
    names = read_rules(rules or EXAMPLE_RULES).names
    return (*DECLARED, *(route_topic(name) for name in names))
