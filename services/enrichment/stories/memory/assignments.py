"""The story of each remembered article, for its copies and for its revisions, which repeat the first event's answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgspec

from services.contracts.event.story import Novelty, Story, StoryReason
from services.contracts.state.story_state import StoryEnds, StoryMark
from services.enrichment.stories.novelty import WINDOWS, new_novelty
from services.enrichment.stories.parameters import HOUR_MS
from services.enrichment.structs import build_struct

_Story, _Reason = build_struct(Story), build_struct(StoryReason)
_Novelty, _Ends = build_struct(Novelty), build_struct(StoryEnds)

STORY_FIELDS: Final = tuple(name for name in Story.model_fields if name != "because")
NOVELTY_FIELDS: Final = tuple(name for name in Novelty.model_fields if name not in ("similar", "volume"))
_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(list[Any]).decode
_read_story = attrgetter(*STORY_FIELDS)
_read_novelty = attrgetter(*NOVELTY_FIELDS)


class Assignment(NamedTuple):
    """The story and the novelty in an article's event."""

    story: Story
    novelty: Mapping[str, Novelty]


class Change(NamedTuple):
    """What an article changed in the state beside its own story: what its retraction needs."""

    at_ms: int
    """Time of the article on the clock of the shard."""
    ends: StoryEnds
    """Stories that ended because of it."""


class Assignments:
    """The assignments of the last `kept_ms`, by article id, and the stories that were merged in that time."""

    def __init__(self, kept_ms: int) -> None:
        self._kept_hours = -(-kept_ms // HOUR_MS)
        self.by_article: dict[str, tuple[str, bytes]] = {}
        """For each article its story and the packed assignment."""
        self.merged: dict[str, str] = {}
        """For each merged story the one that it was merged into."""
        self._hours: deque[tuple[int, list[str], list[str]]] = deque()
        """For each hour the articles and the merged stories that were added in it."""

    def add(self, article_id: str, mark: StoryMark, now_ms: int) -> None:
        """Store the assignment of an article; `now_ms` must not be lower than in an earlier call."""
        self.by_article[article_id] = mark.story.id, pack_assignment(mark)
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
        """Return the story and novelty of an article's first event; None for an article that is not remembered."""
        found = self.by_article.get(article_id)
        return unpack_assignment(found[1]) if found is not None else None

    def find_change(self, article_id: str) -> Change | None:
        """Return what an article changed; None for an article that is not remembered."""
        found = self.by_article.get(article_id)
        return unpack_change(found[1]) if found is not None else None

    def forget(self, article_id: str) -> None:
        """Forget the assignment of a retracted article."""
        self.by_article.pop(article_id, None)

    def list_hours(self) -> list[tuple[int, list[str], list[str]]]:
        """Return the hours with copies of their lists, for a snapshot."""
        return [(hour, list(articles), list(stories)) for hour, articles, stories in self._hours]

    def load(
        self,
        by_article: dict[str, tuple[str, bytes]],
        merged: dict[str, str],
        hours: list[tuple[int, list[str], list[str]]],
    ) -> None:
        """Replace everything by the content of a snapshot."""
        self.by_article, self.merged, self._hours = by_article, merged, deque(hours)

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


def pack_assignment(mark: StoryMark) -> bytes:
    """Return the bytes of an assignment: JSON, in which an entity that was never seen before is a single digit."""
    reasons = [[reason.kind, *reason.values] for reason in mark.story.because]
    new = int(mark.is_late)
    content = [
        [*_read_story(mark.story), reasons],
        {key: _pack_novelty(mark.novelty[key]) if key in mark.novelty else new for key in mark.entities},
        [mark.state.updated_ms, mark.merged, mark.closed],
    ]
    return _encode(content)


def unpack_assignment(packed: bytes) -> Assignment:
    """Return the assignment of its bytes."""
    (*values, reasons), novelty, _ = _read_content(packed)
    because = tuple(_Reason(kind=kind, values=tuple(shown)) for kind, *shown in reasons)
    story = _Story(**dict(zip(STORY_FIELDS, values, strict=True)), because=because)
    return Assignment(story, {key: _unpack_novelty(one) for key, one in novelty.items()})


def unpack_change(packed: bytes) -> Change:
    """Return what an article changed, of the bytes of its assignment."""
    at_ms, merged, closed = _read_content(packed)[2]
    return Change(at_ms, _Ends(merged=tuple(merged), closed=tuple(closed)))


def _read_content(packed: bytes) -> list[Any]:
    return _decode(packed)


def _pack_novelty(novelty: Novelty) -> list[object]:
    return [
        *_read_novelty(novelty),
        [novelty.similar[name] for name in WINDOWS],
        [novelty.volume[name] for name in WINDOWS],
    ]


def _unpack_novelty(packed: int | list[Any]) -> Novelty:
    if isinstance(packed, int):
        return new_novelty(is_late=bool(packed))
    *values, similar, volume = packed
    return _Novelty(
        **dict(zip(NOVELTY_FIELDS, values, strict=True)),
        similar=dict(zip(WINDOWS, similar, strict=True)),
        volume=dict(zip(WINDOWS, volume, strict=True)),
    )
