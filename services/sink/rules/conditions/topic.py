"""Compiler of the condition on topics: IPTC Media Topics by name, in any language of the taxonomy, or by id."""

from __future__ import annotations

from services.contracts.media_topics import PUBLISHED_LEVELS, find_topics, suggest_topic
from services.sink.rules.conditions.condition import Condition, Finding, Truth
from services.sink.rules.conditions.event_view import EventView
from services.sink.rules.yaml_values import YamlValue


def compile_topic(value: YamlValue) -> Condition:
    """Compile topics, of which the event must have one: a topic also matches the topics below it.

    The condition is unknown for an event whose topics were not looked for.
    """
    wanted = frozenset[str]().union(*value.read_one_or_more(_read_topics))

    def holds(view: EventView) -> Truth:
        topics = view.event.topics
        return None if topics is None else any(topic.id in wanted for topic in topics)

    def find(view: EventView) -> Finding:
        topics = view.event.topics
        if topics is None:
            return Finding(None, "the topics of the article are not known")
        if not topics:
            return Finding([], "the article has no topic of which the model is sure enough")
        named = ", ".join(f"{topic.name} ({topic.confidence:.2f})" for topic in topics)
        return Finding([topic.id for topic in topics], f"the topics are {named}")

    return Condition("topic", holds, find)


def _read_topics(value: YamlValue) -> frozenset[str]:
    written = value.read_text()
    topics = find_topics(written)
    if topics is None:
        value.fail(
            f"{written!r} is not a topic of the first {PUBLISHED_LEVELS} levels of IPTC Media Topics",
            suggest_topic(written),
        )
    return topics
