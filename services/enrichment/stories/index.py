"""The stories of one shard: which story an article belongs to, and the memory of it.

`judge` changes nothing and returns a mark; `apply` adds a mark. A memory that applies the marks of the verdict log in
their order becomes equal to the one that wrote them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Final, NamedTuple, Self

from services.contracts.event.story import Novelty, Story, StoryReason
from services.contracts.state.story_state import StoryEnds, StoryMark, StoryState
from services.enrichment.stories.article import StoryArticle
from services.enrichment.stories.memory.assignments import Assignment, Assignments
from services.enrichment.stories.memory.open_stories import OpenStories
from services.enrichment.stories.memory.snapshot import StorySnapshot, read_snapshot, take_snapshot
from services.enrichment.stories.novelty import NoveltyIndex
from services.enrichment.stories.parameters import DAY_MS, StoryParameters
from services.enrichment.stories.similarity.article_view import ArticleView, view_article
from services.enrichment.stories.similarity.comparison import compare, find_present
from services.enrichment.stories.similarity.evidence import build_evidence
from services.enrichment.stories.similarity.forms import fills_form
from services.enrichment.stories.similarity.weights import StoryWeights, estimate_probability, load_weights
from services.enrichment.stories.states import extend_story, merge_states, open_story
from services.enrichment.structs import build_struct, replace

_Story, _Mark, _Reason = build_struct(Story), build_struct(StoryMark), build_struct(StoryReason)

KEPT_MS: Final = 8 * DAY_MS
"""Time for which the story of an article is known: as long as its id."""
MEMBERS: Final = 16
"""Maximum number of stories that are merged into one."""
CLOSED: Final = 16
"""Maximum number of stories that one article closes. Later articles close the others, which no article joins."""


@dataclass(frozen=True, slots=True)
class StoryVerdict:
    """The answer for an article: its mark, and the last states of the stories that ended because of it."""

    mark: StoryMark
    merged: tuple[StoryState, ...] = ()
    closed: tuple[StoryState, ...] = ()
    novelty: Mapping[str, Novelty] = field(default_factory=dict)
    """The novelty of each entity of the article, by its key."""


class _Joined(NamedTuple):
    """The story that an article joins."""

    story_id: str
    score: float | None = None
    """Log-odds that the article belongs to it; None for a copy, which needs no comparison."""
    others: tuple[str, ...] = ()
    """Stories that are merged into it."""


class StoryIndex:
    """The stories of one shard, for one writer."""

    def __init__(
        self,
        parameters: StoryParameters | None = None,
        weights: StoryWeights | None = None,
        *,
        has_language: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """Prepare an index without stories.

        Args:
            parameters: Parameters of the stories.
            weights: Weights of the comparison; those of the package if None.
            has_language: Whether a language belongs to the shard. The log of a shard may have stories of languages that
                belong to another shard now; that shard continues them, and this one forgets them.
        """
        self._has_language = has_language
        self.parameters = parameters or StoryParameters()
        self._weights = weights or load_weights()
        self._thresholds = self._weights.find_thresholds(self.parameters.preset)
        self.stories = OpenStories(self.parameters)
        self.assignments = Assignments(KEPT_MS)
        self.novelty = NoveltyIndex()
        self.now_ms = 0

    @property
    def open_count(self) -> int:
        """Number of open stories."""
        return len(self.stories.by_id)

    def load(self, folder: Path) -> Self:
        """Return a new index, built as this one, with the content of a folder.

        Raises OSError or ValueError if that fails.
        """
        index = type(self)(self.parameters, self._weights, has_language=self._has_language)
        read_snapshot(folder, index)
        return index

    def take_snapshot(self) -> StorySnapshot:
        """Return the stories as they are now; they can be written later, while this index continues to change."""
        return take_snapshot(self)

    def begin_bulk(self) -> None:
        """Prepare for many calls of `apply`, at a fraction of the cost. Only `end_bulk` may follow them."""
        self.stories.begin_bulk()
        self.novelty.begin_bulk()

    def end_bulk(self) -> None:
        """Build the tables for the search."""
        self.stories.end_bulk()
        self.novelty.end_bulk()

    def recall(self, article_id: str) -> Assignment | None:
        """Return the story and novelty of an article's first event; None for an article that is not remembered."""
        return self.assignments.recall(article_id)

    def judge(self, article: StoryArticle) -> StoryVerdict:
        """Find the story of an article; changes nothing.

        Raises PermanentError for features that this build cannot read.
        """
        now_ms = max(self.now_ms, article.log_ms)
        view = view_article(article.features)
        ended = self.stories.find_ended(now_ms, CLOSED)
        joined = self._find_story(article, view, now_ms, frozenset(ended))
        absorbed: tuple[StoryState, ...] = ()
        if joined is None:
            state = open_story(article, view, now_ms)
            story = _describe(state)
        else:
            absorbed = tuple(map(self.stories.read, joined.others))
            old = reduce(merge_states, absorbed, self.stories.read(joined.story_id))
            similarity = 1.0 if joined.score is None else estimate_probability(joined.score)
            state = extend_story(old, article, view, now_ms, similarity)
            story = _describe(state, similarity, self._explain(article, view, joined, now_ms))
        novelty = self._measure_novelty(article, state, now_ms)
        mark = _Mark(
            story=story,
            state=state,
            merged=tuple(other.id for other in absorbed),
            closed=tuple(ended),
            entities=tuple(novelty),
            novelty={key: one for key, one in novelty.items() if one.volume["7d"]},
            is_late=article.is_late,
        )
        return StoryVerdict(mark, absorbed, tuple(map(self.stories.read, ended)), novelty)

    def apply(self, article_id: str, mark: StoryMark) -> None:
        """Add an article with its mark, in the order of the verdict log."""
        self._put(mark.state)
        self._end(mark, mark.state.id)
        self.assignments.add(article_id, mark, self.now_ms)
        self.novelty.add(mark.entities, mark.state.id, self.now_ms)

    def judge_retraction(self, article_id: str) -> tuple[StoryState | None, StoryEnds | None]:
        """Return the open story of a retracted article without its headline, and the stories that ended because of it.

        Changes nothing. The story still counts the article, because events of later articles counted it, and its words
        are part of the story. None for what there is not.
        """
        change = self.assignments.find_change(article_id)
        return self._judge_retracted_story(article_id), change.ends if change is not None else None

    def apply_retraction(self, article_id: str, state: StoryState | None, ends: StoryEnds | None) -> None:
        """Forget a retracted article, and store the answer of `judge_retraction`.

        Novelty does not count the article any more. The result is the same if the log has lost the mark of the article,
        because the record of the retraction replaces it at compaction.
        """
        change, found = self.assignments.find_change(article_id), self.assignments.recall(article_id)
        if change is not None and found is not None:
            self.novelty.remove(found.novelty, found.story.id, change.at_ms)
        self.assignments.forget(article_id)
        if state is not None:
            self._put(state)
        if ends is not None:
            self._end(ends, state.id if state is not None else None)

    def _end(self, ends: StoryMark | StoryEnds, into: str | None) -> None:
        """Remove stories that ended; the merged ones belong to the story `into` now, if that is open."""
        for story_id in ends.closed:
            self.stories.remove(story_id)
        for story_id in ends.merged:
            self.stories.remove(story_id)
            if into is not None:
                self.assignments.merge(story_id, into, self.now_ms)

    def _put(self, state: StoryState) -> None:
        """Store a story of this shard. The clock of the shard is the time of its latest article."""
        self.now_ms = max(self.now_ms, state.updated_ms)
        if state.shard_language is None or self._has_language(state.shard_language):
            self.stories.put(state)

    def _judge_retracted_story(self, article_id: str) -> StoryState | None:
        story_id = self.assignments.find_story(article_id)
        if story_id is None or story_id not in self.stories.by_id:
            return None
        state = self.stories.read(story_id)
        quoted = {"headline": None} if state.representative == article_id else {}
        return replace(state, **quoted, version=state.version + 1)

    def _measure_novelty(self, article: StoryArticle, state: StoryState, now_ms: int) -> dict[str, Novelty]:
        """Return the novelty of each entity of an article of a story, by its key."""
        members = (state.id, *state.members)
        return {
            entity.key: self.novelty.measure(entity.key, members, now_ms, is_late=article.is_late)
            for entity in article.entities
        }

    def _find_story(
        self, article: StoryArticle, view: ArticleView, now_ms: int, ended: frozenset[str]
    ) -> _Joined | None:
        """Return the story that an article joins; None for a new story."""
        if article.duplicate.duplicate_of is not None:
            story_id = self.assignments.find_story(article.duplicate.duplicate_of)
            if story_id is not None and story_id not in ended and self.stories.is_open(story_id, now_ms):
                return _Joined(story_id)
        scored, present = [], find_present(now_ms)
        for story_id in self.stories.find_candidates(view, now_ms):
            if story_id in ended:
                continue
            profile, apart_ms = self.stories.view(story_id), now_ms - self.stories.by_id[story_id].updated_ms
            score = self._weights.score(compare(view, profile, present), apart_ms)
            if score >= self._thresholds.join and not fills_form(view, profile, apart_ms):
                scored.append((-score, story_id))
        if not scored:
            return None
        scored.sort()
        score, story_id = -scored[0][0], scored[0][1]
        view_of_best = self.stories.view(story_id)
        equal = [
            other
            for other_score, other in scored[1:]
            if self._weights.merge.joins(-other_score, view_of_best, self.stories.view(other), self._thresholds.merge)
        ]
        return self._merge(story_id, score, equal) if equal else _Joined(story_id, score)

    def _merge(self, story_id: str, score: float, equal: Sequence[str]) -> _Joined:
        """Return the oldest of the stories that are one event, and the others, which are merged into it."""
        oldest, *others = sorted((story_id, *equal), key=lambda each: (self.stories.by_id[each].opened_ms, each))
        members = len(self.stories.read(oldest).members) + sum(
            1 + len(self.stories.read(other).members) for other in others
        )
        return _Joined(oldest, score, tuple(others)) if members <= MEMBERS else _Joined(story_id, score)

    def _explain(
        self, article: StoryArticle, view: ArticleView, joined: _Joined, now_ms: int
    ) -> tuple[StoryReason, ...]:
        if joined.score is None:
            return (_Reason(kind="copy", values=(article.duplicate.duplicate_of or "",)),)
        return build_evidence(view, self.stories.view(joined.story_id), find_present(now_ms))


def _describe(state: StoryState, similarity: float | None = None, because: tuple[StoryReason, ...] = ()) -> Story:
    """Return the part of the event about a story; `similarity` is None for the article that opens it."""
    return _Story(
        id=state.id,
        is_first=similarity is None,
        size=state.size,
        sources=max(1, len(state.sources)),
        similarity=similarity,
        because=because,
    )
