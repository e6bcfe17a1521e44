"""Names of topics in a deployment with a prefix."""

from __future__ import annotations

from services.contracts.topics import DECLARED, RAW, TopicLayout, declare_topics, route_topic

LAYOUT = TopicLayout(prefix="eu.")


def test_the_prefix_precedes_every_topic() -> None:
    """All declared and routed topics have the prefix, and nothing else about them differs."""
    assert [topic.name for topic in declare_topics(LAYOUT)] == [f"eu.{topic.name}" for topic in DECLARED]
    assert [topic.settings for topic in declare_topics(LAYOUT)] == [topic.settings for topic in DECLARED]
    assert route_topic("sport", LAYOUT).name == "eu.news.routed.sport.v1"


def test_names_are_stripped_and_qualified() -> None:
    """A plain name is found again, and a name that has the prefix gets no second one."""
    for topic in DECLARED:
        assert LAYOUT.strip(LAYOUT.name(topic.name)) == topic.name
        assert LAYOUT.qualify(LAYOUT.qualify(topic.name)) == LAYOUT.name(topic.name)
        assert TopicLayout().qualify(topic.name) == TopicLayout().strip(topic.name) == topic.name


def test_a_route_is_found_by_its_topic() -> None:
    """A routed topic of the deployment has its route; dead letters and other deployments' topics are not routed."""
    topic = route_topic("sport", LAYOUT).name
    assert LAYOUT.is_routed(topic) and LAYOUT.find_route(topic) == "sport"
    for other in (f"{topic}.dlq", route_topic("sport").name, LAYOUT.name(RAW)):
        assert not LAYOUT.is_routed(other)
