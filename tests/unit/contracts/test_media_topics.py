"""IPTC Media Topics: the tree, and topics by name."""

from __future__ import annotations

import pytest

from services.contracts.media_topics import PUBLISHED_LEVELS, find_topics, list_published, read_topics, suggest_topic

ECONOMY = "medtop:04000000"
SPORT = "medtop:15000000"
WEATHER = "medtop:17000000"


def test_the_taxonomy_is_a_tree() -> None:
    """Each topic is one level below its parent, and the 17 topics at the top have none."""
    topics = read_topics()
    top = [topic for topic in topics.values() if topic.parent is None]
    assert len(top) == 17
    assert all(topic.level == 1 for topic in top)
    for topic in topics.values():
        assert topic.parent is None or topics[topic.parent].level == topic.level - 1
    assert {topic.level for topic in list_published()} == set(range(1, PUBLISHED_LEVELS + 1))


@pytest.mark.parametrize(
    ("written", "topic"),
    [
        ("sport", SPORT),
        ("SPORT", SPORT),
        ("medtop:15000000", SPORT),
        ("15000000", SPORT),
        ("体育", SPORT),
        ("رياضة", SPORT),
        ("deporte", SPORT),
        ("economy", ECONOMY),
        ("Economy, business and finance", ECONOMY),
        ("finance", ECONOMY),
        ("Wirtschaft", ECONOMY),
        ("Météo", WEATHER),
        ("meteorologia", WEATHER),
        ("law enforcement", "medtop:20000129"),
    ],
)
def test_a_topic_is_found_by_its_names(written: str, topic: str) -> None:
    """Ids, names and the parts of names at the top are found, in each language of the taxonomy."""
    assert topic in (find_topics(written) or ())


def test_a_topic_includes_those_below() -> None:
    """A topic of the first level matches the topics below it, and one of the second level matches only itself."""
    sport = frozenset(topic.id for topic in list_published() if SPORT in (topic.id, topic.parent))
    assert find_topics("sport") == sport
    assert find_topics("medtop:20001108") == frozenset({"medtop:20001108"})


@pytest.mark.parametrize(
    ("written", "suggestion"),
    [
        ("sports", "sport"),
        ("wheather", "weather"),
        ("politik und staat", "politik"),
        ("footbal", None),
        ("", None),
        ("💥", None),
    ],
)
def test_an_unknown_topic_has_a_suggestion(written: str, suggestion: str | None) -> None:
    """A misspelt name leads to the name that is meant; other texts lead to nothing."""
    assert find_topics(written) is None
    assert suggest_topic(written) == suggestion


def test_a_deeper_topic_suggests_the_one_above() -> None:
    """Events do not name the third level: the suggestion is its ancestor in the second."""
    deeper = next(topic for topic in read_topics().values() if topic.level == PUBLISHED_LEVELS + 1)
    assert find_topics(deeper.id) is None
    assert deeper.parent is not None
    assert suggest_topic(deeper.id) == f"{deeper.parent} ({read_topics()[deeper.parent].name})"
