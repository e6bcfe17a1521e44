"""IPTC Media Topics: the subjects of news, as events and routing rules name them."""

from services.contracts.media_topics.taxonomy import (
    PREFIX,
    PUBLISHED_LEVELS,
    MediaTopic,
    find_topics,
    list_published,
    list_top,
    read_topics,
    suggest_topic,
)

__all__ = [
    "PREFIX",
    "PUBLISHED_LEVELS",
    "MediaTopic",
    "find_topics",
    "list_published",
    "list_top",
    "read_topics",
    "suggest_topic",
]
