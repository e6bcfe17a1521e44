"""Topics that a deployment needs: the declared topics, and one topic for each route."""

from __future__ import annotations

from services.contracts.topics import DECLARED, Topic, route_topic
from services.sink.rules import Rules


def list_topics(rules: Rules) -> tuple[Topic, ...]:
    """List every topic that the services use, including the topics of the rules."""
    return (*DECLARED, *list_route_topics(rules))


def list_route_topics(rules: Rules) -> tuple[Topic, ...]:
    """List the topics of the routes, the default route's included."""
    return tuple(map(route_topic, rules.names))
