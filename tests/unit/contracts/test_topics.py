"""The declared topics."""

from __future__ import annotations

from services.contracts.topics import DECLARED, OTHER_SHARD, SHARD_COUNT, SHARDS


def test_shards_are_partitions() -> None:
    """The shards of the map are exactly the partitions of the topic."""
    assert set(SHARDS.values()) | {OTHER_SHARD} == set(range(SHARD_COUNT))


def test_topic_names_are_unique() -> None:
    """No topic is declared twice."""
    names = [topic.name for topic in DECLARED]
    assert len(set(names)) == len(names)
