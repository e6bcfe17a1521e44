"""The story of each remembered article: a copy gets its original's story, a revision the answer of the first event."""

from __future__ import annotations

import json
import zlib
from collections import deque
from collections.abc import Mapping
from typing import Final, NamedTuple

from services.contracts.event.story import Novelty, Story

HOUR_MS: Final = 3_600_000
LEVEL: Final = 1
"""Level of compression: the fastest. The higher ones save little on so short texts."""


class Assignment(NamedTuple):
    """What an article's event says of its story."""

    story: Story
    novelty: dict[str, Novelty]


class Assignments:
    """The assignments of the last `kept_ms`, by article id, and the stories that were merged in that time."""

    def __init__(self, kept_ms: int) -> None:
        self._kept_hours = -(-kept_ms // HOUR_MS)
        self.by_article: dict[str, tuple[str, bytes]] = {}
        """For each article its story and the compressed assignment."""
        self.merged: dict[str, str] = {}
        """For each merged story the one that it was merged into."""
        self._hours: deque[tuple[int, list[str], list[str]]] = deque()
        """For each hour the articles and the merged stories that were added in it."""

    def add(self, article_id: str, story: Story, novelty: Mapping[str, Novelty], now_ms: int) -> None:
        """Store the assignment of an article; `now_ms` must not be lower than in an earlier call."""
        self.add_packed(article_id, story.id, pack_assignment(story, novelty), now_ms)

    def add_packed(self, article_id: str, story_id: str, packed: bytes, now_ms: int) -> None:
        """Store an assignment that is packed already."""
        self.by_article[article_id] = story_id, packed
        self._open_hour(now_ms)[1].append(article_id)

    def merge(self, story_id: str, into: str, now_ms: int) -> None:
        """Store that a story was merged into another one."""
        self.merged[story_id] = into
        self._open_hour(now_ms)[2].append(story_id)

    def find_story(self, article_id: str) -> str | None:
        """Return the story of an article now, after all merges; None for an article that is not remembered."""
        found = self.by_article.get(article_id)
        return self.resolve(found[0]) if found is not None else None

    def resolve(self, story_id: str) -> str:
        """Return the story that a story belongs to after all merges."""
        while story_id in self.merged:
            story_id = self.merged[story_id]
        return story_id

    def recall(self, article_id: str) -> Assignment | None:
        """Return what the first event of an article said; None for an article that is not remembered."""
        found = self.by_article.get(article_id)
        return unpack_assignment(found[1]) if found is not None else None

    def list_hours(self) -> list[tuple[int, list[str], list[str]]]:
        """Return the hours with copies of their lists, for a snapshot."""
        return [(hour, list(articles), list(stories)) for hour, articles, stories in self._hours]

    def _open_hour(self, now_ms: int) -> tuple[int, list[str], list[str]]:
        hour = now_ms // HOUR_MS
        if not self._hours or self._hours[-1][0] != hour:
            self._hours.append((hour, [], []))
        while self._hours[0][0] < hour - self._kept_hours:
            _, articles, stories = self._hours.popleft()
            for article_id in articles:
                self.by_article.pop(article_id, None)
            for story_id in stories:
                self.merged.pop(story_id, None)
        return self._hours[-1]


def pack_assignment(story: Story, novelty: Mapping[str, Novelty]) -> bytes:
    """Return the bytes of an assignment."""
    content = [story.model_dump(), {key: one.model_dump() for key, one in novelty.items()}]
    return zlib.compress(json.dumps(content, separators=(",", ":")).encode(), LEVEL)


def unpack_assignment(packed: bytes) -> Assignment:
    """Return the assignment of its bytes."""
    story, novelty = json.loads(zlib.decompress(packed))
    return Assignment(Story(**story), {key: Novelty(**one) for key, one in novelty.items()})
