"""The shard map: which partition each language has; on a topic of its own, so that every process can compare."""

from __future__ import annotations

from services.contracts.base import Contract
from services.contracts.event import Position
from services.contracts.topics import OTHER_SHARD, SHARD_COUNT, SHARDS


class ShardMap(Contract):
    """Language to partition of the annotated topic and of the verdict log."""

    shards: dict[str, Position]
    """By primary subtag of BCP 47."""
    other: Position
    """Of every language that is not named."""
    count: Position
    """Of partitions."""

    def __str__(self) -> str:
        named = " ".join(f"{language}={shard}" for language, shard in sorted(self.shards.items()))
        return f"{named} other={self.other} of {self.count}"

    def find_moved(self, later: ShardMap) -> list[str]:
        """What makes `later` another map than an extension of this one, in words; empty when it is one.

        An extension names further languages, each on a partition that did not exist, and leaves all others in place.
        """
        moved = [
            f"{language} moves from {shard} to {later.shards.get(language, later.other)}"
            for language, shard in sorted(self.shards.items())
            if later.shards.get(language, later.other) != shard
        ]
        if later.other != self.other:
            moved.append(f"the other languages move from {self.other} to {later.other}")
        if later.count < self.count:
            moved.append(f"{self.count} partitions become {later.count}")
        for language in sorted(later.shards.keys() - self.shards.keys()):
            if not self.count <= later.shards[language] < later.count:
                moved.append(f"{language} is put on {later.shards[language]}, which is no new partition")
        return moved

    def find_new(self, later: ShardMap) -> list[int]:
        """The partitions that languages get in `later` which share `other` here."""
        return sorted({later.shards[language] for language in later.shards.keys() - self.shards.keys()})


DECLARED_SHARDS = ShardMap(shards=SHARDS, other=OTHER_SHARD, count=SHARD_COUNT)
"""The map of this build."""
