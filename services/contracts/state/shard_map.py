"""Shard map: the partition of each language.

It is stored on a topic, so that every process can compare its own map with it.
"""

from __future__ import annotations

from typing import Self

from pydantic import NonNegativeInt, model_validator

from services.contracts.base import Contract
from services.contracts.event import UNKNOWN_LANGUAGE, Language
from services.contracts.topics import OTHER_SHARD, SHARD_COUNT, SHARDS


class ShardMap(Contract):
    """Partition of the annotated topic and of the verdict log for each language."""

    shards: dict[str, NonNegativeInt]
    """The partitions by the primary subtag of the language (BCP 47)."""
    other: NonNegativeInt
    """The partition of every language that `shards` does not name."""
    count: NonNegativeInt
    """The number of partitions."""

    def __str__(self) -> str:
        named = " ".join(f"{language}={shard}" for language, shard in sorted(self.shards.items()))
        return f"{named} other={self.other} of {self.count}"

    @model_validator(mode="after")
    def _check(self) -> Self:
        wrong = sorted(language for language in self.shards if language != language.split("-", 1)[0].lower())
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: name a primary subtag in small letters, such as en")
        if max((*self.shards.values(), self.other)) >= self.count:
            raise ValueError(f"a partition is not below the number of partitions, {self.count}")
        return self

    def find(self, language_code: str) -> int:
        """Return the partition of a language code (BCP 47); only the primary subtag matters."""
        return self.shards.get(language_code.split("-", 1)[0].lower(), self.other)

    def find_moved(self, later: ShardMap) -> list[str]:
        """Return the reasons, in words, why `later` is not an extension of this map; empty if it is one.

        An extension adds languages, each on a new partition, and changes no other partition.
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
                moved.append(f"{language} is put on {later.shards[language]}, which is not a new partition")
        return moved

    def find_new(self, later: ShardMap) -> list[int]:
        """Return the partitions that `later` gives to the languages that use `other` in this map."""
        return sorted({later.shards[language] for language in later.shards.keys() - self.shards.keys()})


DECLARED_SHARDS = ShardMap(shards=SHARDS, other=OTHER_SHARD, count=SHARD_COUNT)
"""Shard map of a deployment that gives no other one."""


def find_shard_language(language: Language) -> str:
    """Return the language code that decides about an article's partition: that of its words alone, else `und`.

    A language that the sender claims, or that a setting assumes, does not count: of two equal texts one may come with
    such a claim, and they must meet.
    """
    is_of_text = language.basis in (None, "text")
    return language.code if is_of_text else UNKNOWN_LANGUAGE


def choose_shard(language: Language, shards: ShardMap = DECLARED_SHARDS) -> int:
    """Return the partition of an article, which depends on its words and the map alone."""
    return shards.find(find_shard_language(language))
