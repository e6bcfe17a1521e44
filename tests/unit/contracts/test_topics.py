"""The declared topics."""

from __future__ import annotations

import pytest

from services.contracts.topics import DECLARED, OTHER_SHARD, SHARD_COUNT, SHARDS, shard_of


@pytest.mark.parametrize(("code", "shard"), [("en", 0), ("en-GB", 0), ("EN", 0), ("und", 5), ("sw", OTHER_SHARD)])
def test_language_decides_the_shard(code: str, shard: int) -> None:
    """The primary subtag decides the shard; a language without its own shard uses the shared one."""
    assert shard_of(code) == shard


def test_shards_are_partitions() -> None:
    """The shards of the map are exactly the partitions of the topic."""
    assert set(SHARDS.values()) | {OTHER_SHARD} == set(range(SHARD_COUNT))


def test_topic_names_are_unique() -> None:
    """No topic is declared twice."""
    names = [topic.name for topic in DECLARED]
    assert len(set(names)) == len(names)
