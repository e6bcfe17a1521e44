"""The open stories of a shard, the order in which they end, and the search for candidates."""

from __future__ import annotations

import base64
import heapq
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgspec

from services.contracts.state.story_state import StoryEntity, StoryState
from services.enrichment.stories.memory.postings import Postings, choose_keys, choose_story_keys
from services.enrichment.stories.parameters import StoryParameters
from services.enrichment.stories.similarity.article_view import ArticleView
from services.enrichment.stories.similarity.profile import KEPT_PROFILES, ProfileView, unpack_profile, view_profile
from services.enrichment.structs import build_struct

KEPT: Final = tuple(name for name in StoryState.model_fields if name not in ("profile", "entities"))
ENTITY_FIELDS: Final = tuple(StoryEntity.model_fields)
_read_kept = attrgetter(*KEPT)
_read_entity = attrgetter(*ENTITY_FIELDS)
_State = build_struct(StoryState)
_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(list[Any]).decode
SORTED_TOGETHER: Final = 4_096
"""Number of stories whose terms are sorted in one call; at most 2 ** 14, so that the numbers have 63 bits."""
STALE: Final = 2
"""Ratio of the heap to the stories from which it is built again without its stale entries."""


class OpenStory(NamedTuple):
    """A story in memory. It is replaced and never changed, so that a snapshot can refer to it."""

    ends_ms: int
    """Time at which the story is closed if no article joins it."""
    opened_ms: int
    updated_ms: int
    profile: bytes
    rest: bytes
    """The values of KEPT and the entities, as JSON."""


class OpenStories:
    """The open stories, by id. All tables are derived from them."""

    def __init__(self, parameters: StoryParameters) -> None:
        self._parameters = parameters
        self.by_id: dict[str, OpenStory] = {}
        self._postings = Postings(parameters.bucket_limit)
        self._ends: list[tuple[int, str]] = []
        self._waiting: dict[str, StoryState] | None = None
        """States that are not packed yet, while many are stored; None at any other time."""

    @property
    def limit_hits(self) -> int:
        """Number of look-ups that ignored a term, since the start."""
        return self._postings.limit_hits

    def put(self, state: StoryState) -> None:
        """Store a story, new or changed."""
        if self._waiting is not None:
            self._waiting[state.id] = state
        else:
            self.put_packed(state.id, pack_state(state, self._parameters))

    def put_packed(self, story_id: str, story: OpenStory) -> None:
        """Store a story that is packed already."""
        old = self.by_id.get(story_id)
        self.by_id[story_id] = story
        heapq.heappush(self._ends, (story.ends_ms, story_id))
        if len(self._ends) > STALE * len(self.by_id) + STALE:
            self._build_heap()
        if old is None or old.profile != story.profile:
            if old is not None:
                self._postings.remove(story_id, _keys_of(old.profile))
            self._postings.add(story_id, _keys_of(story.profile))

    def remove(self, story_id: str) -> None:
        """Forget a story that has ended."""
        if self._waiting is not None:
            self._waiting.pop(story_id, None)
        old = self.by_id.pop(story_id, None)
        if old is not None and self._waiting is None:
            self._postings.remove(story_id, _keys_of(old.profile))

    def begin_bulk(self) -> None:
        """Stop the search until `end_bulk`, so that many stories can be stored quickly."""
        if self._waiting is None:
            self._waiting = {}

    def end_bulk(self) -> None:
        """Pack the stories as they are now, and build the tables that are derived from them."""
        waiting, self._waiting = self._waiting or {}, None
        for story_id, state in waiting.items():
            self.by_id[story_id] = pack_state(state, self._parameters)
        hits = self._postings.limit_hits
        self._postings = Postings(self._parameters.bucket_limit)
        self._postings.limit_hits = hits
        stories = iter(self.by_id.items())
        while some := list(islice(stories, SORTED_TOGETHER)):
            keys = choose_keys([story.profile for _, story in some])
            for (story_id, _), own in zip(some, keys, strict=True):
                self._postings.add(story_id, own)
        self._build_heap()

    def find_candidates(self, article: ArticleView, now_ms: int) -> list[str]:
        """Return the open stories that share most with an article, the best first; of equals the smaller id first."""
        found = self._postings.find(article)
        if self._ends and self._ends[0][0] <= now_ms:
            found = {story_id: weight for story_id, weight in found.items() if self.is_open(story_id, now_ms)}
        limit = self._parameters.candidates
        # Most stories share a single term with the article: only those that can be among the best are sorted.
        least = min(heapq.nlargest(limit, found.values()), default=0.0)
        best = sorted([(-weight, story_id) for story_id, weight in found.items() if weight >= least])
        return [story_id for _, story_id in best[:limit]]

    def is_open(self, story_id: str, now_ms: int) -> bool:
        """Return whether an article can join a story at a time."""
        story = self.by_id.get(story_id)
        return story is not None and story.ends_ms > now_ms

    def find_ended(self, now_ms: int, limit: int) -> list[str]:
        """Return at most `limit` stories that end at a time, the earliest end first; of equals the smaller id first.

        If there are more open stories than allowed, those that would end next are among them.
        """
        ended: list[tuple[int, str]] = []
        excess = len(self.by_id) - self._parameters.open_stories
        while self._ends and len(ended) < limit:
            ends_ms, story_id = self._ends[0]
            story = self.by_id.get(story_id)
            is_stale = story is None or story.ends_ms != ends_ms or (ended and ended[-1] == (ends_ms, story_id))
            if not is_stale and ends_ms > now_ms and len(ended) >= excess:
                break
            heapq.heappop(self._ends)
            if not is_stale:
                ended.append((ends_ms, story_id))
        # `find_ended` changes nothing: these entries become stale when `remove` is called.
        for each in ended:
            heapq.heappush(self._ends, each)
        return [story_id for _, story_id in ended]

    def view(self, story_id: str) -> ProfileView:
        """Return the profile of a story, prepared for comparison."""
        return _view(self.by_id[story_id].profile)

    def read(self, story_id: str) -> StoryState:
        """Return the state of an open story."""
        return unpack_state(self.by_id[story_id])

    def _build_heap(self) -> None:
        self._ends = [(story.ends_ms, story_id) for story_id, story in self.by_id.items()]
        heapq.heapify(self._ends)


def pack_state(state: StoryState, parameters: StoryParameters) -> OpenStory:
    """Return the form of a state in memory."""
    rest = [*_read_kept(state), [_read_entity(entity) for entity in state.entities]]
    ends_ms = min(state.updated_ms + parameters.silent_ms, state.opened_ms + parameters.longest_ms)
    return OpenStory(ends_ms, state.opened_ms, state.updated_ms, base64.b64decode(state.profile), _encode(rest))


def unpack_state(story: OpenStory) -> StoryState:
    """Return the state of a story in memory."""
    *values, held = _decode(story.rest)
    fields: dict[str, Any] = dict(zip(KEPT, values, strict=True))
    fields["entities"] = [dict(zip(ENTITY_FIELDS, each, strict=True)) for each in held]
    fields["profile"] = base64.b64encode(story.profile).decode()
    return msgspec.convert(fields, _State)


@lru_cache(maxsize=KEPT_PROFILES)
def _view(profile: bytes) -> ProfileView:
    """Return a profile prepared for comparison."""
    return view_profile(unpack_profile(profile))


@lru_cache(maxsize=KEPT_PROFILES)
def _keys_of(profile: bytes) -> list[int]:
    return choose_story_keys(unpack_profile(profile))
