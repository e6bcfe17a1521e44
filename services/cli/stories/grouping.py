"""Stories of articles from files, found in this process as match finds them, without names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from services.cli.articles.reading import describe_failure, name_place, validate_article
from services.cli.console.progress import print_error
from services.cli.stories.latest import LatestStories
from services.contracts.event import Article
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.contracts.state.shard_map import choose_shard
from services.contracts.stories.articles import StoryLine, describe_article
from services.contracts.stories.listing import find_current
from services.contracts.stories.record import StoryRecord
from services.enrichment.cleaning import clean
from services.enrichment.event_parts import build_article
from services.enrichment.language import detect_language
from services.enrichment.matching import MatchIndex, judge_and_remember
from services.enrichment.pipeline import sign_article
from services.enrichment.stories.article import StoryArticle
from services.enrichment.stories.features.extraction import extract_features
from services.enrichment.stories.index import StoryIndex
from services.enrichment.stories.parameters import Preset, StoryParameters
from services.ingest.entries import Entry, UnreadableEntry
from services.processor.match.story_records import build_story_records, find_story_source

STEP_MS = 1_000
"""Milliseconds between two articles without a time."""


class StoryGrouper:
    """The work of match on articles of files.

    An article arrives at its time of publication, or a second after the one before if it has none or an earlier one.
    """

    def __init__(self, preset: Preset) -> None:
        self._parameters = StoryParameters(preset=preset)
        self._shards: dict[int, tuple[MatchIndex, StoryIndex]] = {}
        self._lines: dict[str, list[StoryLine]] = {}
        """The articles by the story of their event."""
        self.stories = LatestStories()
        self._started_ms = int(datetime.now(UTC).timestamp() * 1000)
        self._now_ms: int | None = None

    def add(self, raw: RawArticle) -> None:
        """Add an article. A repeated one changes nothing. Raises PermanentError if it cannot be cleaned."""
        article_id, article = derive_article_id(raw), _clean(raw)
        now_ms = self._now_ms = self._find_time(article)
        index, stories = self._shards.setdefault(
            choose_shard(article.language), (MatchIndex(), StoryIndex(self._parameters))
        )
        verdict = judge_and_remember(index, article_id, sign_article(article), now_ms)
        if verdict is None:
            return
        found = stories.judge(
            StoryArticle(
                article_id,
                extract_features(article.headline, article.body, article.language.code),
                now_ms,
                verdict.duplicate,
                find_story_source(article),
                article.headline,
                article.language.code,
            )
        )
        stories.apply(article_id, found.mark)
        for record in build_story_records(found):
            self.stories.add(record)
        line = describe_article(article_id, article, verdict.duplicate.verdict, found.mark.story)
        self._lines.setdefault(found.mark.state.id, []).append(line)

    def read_story(self, beginning: str) -> tuple[StoryRecord, list[StoryLine]]:
        """Return the story whose id has a beginning, with its articles; raises as `LatestStories.find` does."""
        story, merged = self.stories.find(beginning), self.stories.list_merged()
        parts = [lines for story_id, lines in self._lines.items() if find_current(story_id, merged) == story.id]
        return story, [line for lines in parts for line in lines]

    def _find_time(self, article: Article) -> int:
        published = article.published_at
        published_ms = int(published.value.timestamp() * 1000) if published is not None else None
        if published_ms is not None and published_ms > self._started_ms:
            # A wrong date must not move the clock for all articles after it.
            published_ms = None
        if self._now_ms is None:
            return self._started_ms if published_ms is None else max(0, published_ms)
        return max(self._now_ms + STEP_MS, published_ms or 0)


def _clean(raw: RawArticle) -> Article:
    cleaned = clean(raw, reference=raw.fetched_at)
    language = detect_language(f"{cleaned.headline or ''}\n{cleaned.body}", raw.language)
    return build_article(raw, cleaned, language, None)


def group_articles(
    articles: Iterable[Entry | UnreadableEntry], preset: Preset, *, on_progress: Callable[[], None]
) -> StoryGrouper:
    """Group articles into stories. An article that fails is reported on standard error."""
    grouper = StoryGrouper(preset)
    for article in articles:
        try:
            grouper.add(validate_article(article))
        except Exception as error:  # noqa: BLE001 - an exception of one article is that article's failure
            print_error(f"{name_place(article)}: {describe_failure(error)}")
        on_progress()
    return grouper
