"""Topics that a deployment needs: the declared topics, and one topic for each route."""

from __future__ import annotations

from services.contracts.topics import DEFAULT_LAYOUT, Topic, TopicLayout, declare_topics, route_topic
from services.sink.rules import Rules


def list_topics(rules: Rules, layout: TopicLayout = DEFAULT_LAYOUT) -> tuple[Topic, ...]:
    """List every topic that the services use, including the topics of the rules."""
    return (*declare_topics(layout), *list_route_topics(rules, layout))


def list_route_topics(rules: Rules, layout: TopicLayout = DEFAULT_LAYOUT) -> tuple[Topic, ...]:
    """List the topics of the routes, the default route's included."""
    return tuple(route_topic(name, layout) for name in rules.names)
