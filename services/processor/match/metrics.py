"""The metrics of match: the shared ones and its own."""

from __future__ import annotations

from functools import cache
from typing import Protocol, get_args

from services.contracts.event import AnnotatedArticle, EntityType, Polarity, Verdict
from services.contracts.media_topics import list_top
from services.enrichment.matching.index import MatchIndex
from services.enrichment.stories.index import StoryIndex, StoryVerdict
from services.outcomes import Stage
from services.runtime.service.metrics import Metrics

LANGUAGES = frozenset("ar de el en es fa fr he hi id it ja ko nl pl pt ru sv tr uk und zh".split())
"""Primary language subtags that are counted by name. The list is closed, as every list of label values must be."""
OTHER_LANGUAGE = "other"
NO_TOPIC = "none"
"""Label value of an article whose topics were looked for and are not sure enough."""
TARGETS = ARTICLE, ENTITY = "article", "entity"
"""Values of the label `target`: the polarity of the article, or toward an entity."""
PLACES = ("opened", "joined", "copied")
"""Values of the label `place`: how an article came to its story."""
NOVELTIES = NEW, NEW_IN_STORY, KNOWN = "new", "new_in_story", "known"
"""Values of the label `novelty`: how new an entity is in an article."""
AGE_BUCKETS = (60, 600, 3_600, 6 * 3_600, 24 * 3_600, 3 * 86_400, 7 * 86_400, 14 * 86_400, 30 * 86_400)
"""Upper bounds of the age of a story in seconds, up to the age at which every story ends."""


class Shard(Protocol):
    """A shard held by this process."""

    @property
    def index(self) -> MatchIndex:
        """The shard's index."""

    @property
    def stories(self) -> StoryIndex | None:
        """The shard's stories; None if stories are off."""


class MatchMetrics(Metrics):
    """All metrics of a match process: also verdicts, the content of the articles, and the size of the indexes.

    The content is counted here and not in annotate, because match publishes each article once, however often annotate
    repeated it.
    """

    def __init__(self) -> None:
        super().__init__(Stage.MATCH)
        self._shards: dict[int, Shard] = {}
        self._overflows: dict[int, int] = {}
        """For each shard, the overflows of its index that are counted already."""
        self._define_content()
        self._define_index()
        self._define_stories()
        self._begin_content_at_zero()
        # An article has ten entities, and a look-up of a label takes longer than the counting.
        self._find_entities = cache(self.entities.labels)
        self._find_sentiments = cache(self.sentiments.labels)
        self._find_novelty = cache(self.entity_novelty.labels)

    def add_shard(self, number: int, shard: Shard) -> None:
        """Count a shard that this process now holds."""
        self._shards[number] = shard
        self._overflows.pop(number, None)

    def remove_shard(self, number: int) -> None:
        """Stop counting a shard that this process no longer holds."""
        self._shards.pop(number, None)

    def count_enriched(
        self, number: int, article: AnnotatedArticle, verdict: str, story: StoryVerdict | None = None
    ) -> None:
        """Count an article of a shard that has its verdict and is published."""
        self.verdicts.labels(verdict).inc()
        self._count_content(article)
        if story is not None:
            self._count_story(story)
        shard = self._shards.get(number)
        if shard is not None:
            # Overflows met while the log was read back were counted when the log was written.
            overflows = shard.index.bucket_limit_hits
            self.bucket_overflows.inc(overflows - self._overflows.get(number, overflows))
            self._overflows[number] = overflows

    def _count_story(self, story: StoryVerdict) -> None:
        mark = story.mark
        place = "opened" if mark.story.is_first else "copied" if mark.story.because[0].kind == "copy" else "joined"
        self.story_articles.labels(place).inc()
        self.story_merges.inc(len(mark.merged))
        self.stories_closed.inc(len(mark.closed))
        for state in story.closed:
            if state.size > 1:
                self.story_age.observe((state.updated_ms - state.opened_ms) / 1000)
        for novelty in story.novelty.values():
            place = NEW if not novelty.volume["7d"] else NEW_IN_STORY if novelty.is_first else KNOWN
            self._find_novelty(place).inc()

    def _count_content(self, article: AnnotatedArticle) -> None:
        language = article.article.language.code.split("-")[0].lower()
        self.languages.labels(language if language in LANGUAGES else OTHER_LANGUAGE).inc()
        if article.sentiment is not None:
            self.sentiments.labels(ARTICLE, article.sentiment.polarity).inc()
        if article.topics is not None:
            self.main_topics.labels(article.topics[0].name if article.topics else NO_TOPIC).inc()
        for entity in article.entities or ():
            self._find_entities(entity.type).inc()
            self._find_sentiments(ENTITY, entity.sentiment.polarity).inc()

    def _define_content(self) -> None:
        self.verdicts = self.registry.counter(
            "copydesk_verdicts_total", "Enriched articles by duplicate verdict.", "verdict"
        )
        self.languages = self.registry.counter(
            "copydesk_languages_total",
            "Enriched articles by language; `other` stands for every language that has no label value of its own.",
            "language",
        )
        self.entities = self.registry.counter(
            "copydesk_entities_total", "Entities of enriched articles by type.", "type"
        )
        self.sentiments = self.registry.counter(
            "copydesk_sentiments_total",
            "Polarities in enriched articles: of the article, and toward each of its entities.",
            "target", "polarity",
        )  # fmt: skip

        self.main_topics = self.registry.counter(
            "copydesk_main_topics_total",
            "Enriched articles by main topic; `none` counts those without a topic that is sure enough.",
            "subject",
        )

    def _define_index(self) -> None:
        self.index_articles = self.registry.gauge(
            "copydesk_index_articles_count",
            "Original articles that a new article is compared with, over the shards held by this process.",
        )
        self.index_articles.set_function(lambda: sum(shard.index.original_count for shard in self._shards.values()))
        self.bucket_overflows = self.registry.counter(
            "copydesk_index_bucket_overflows_total",
            "Index keys that too many originals share to search by, counted once for each original that has one.",
        )

    def _define_stories(self) -> None:
        self.stories_open = self.registry.gauge(
            "copydesk_stories_open_count", "Open stories, over the shards held by this process."
        )
        self.stories_open.set_function(
            lambda: sum(shard.stories.open_count for shard in self._shards.values() if shard.stories is not None)
        )
        self.story_articles = self.registry.counter(
            "copydesk_story_articles_total",
            "Articles with a story: opened a new one, joined one in other words, or copied an article of one.",
            "place",
        )
        self.story_merges = self.registry.counter(
            "copydesk_story_merges_total", "Stories that an article merged into an older one."
        )
        self.stories_closed = self.registry.counter(
            "copydesk_stories_closed_total", "Stories that ended, because their time was over or there were too many."
        )
        self.stories_fullest = self.registry.gauge(
            "copydesk_stories_fullest_ratio",
            "Open stories of the fullest shard held by this process, as a share of the largest number. At 1, stories "
            "end early.",
        )
        self.stories_fullest.set_function(self._find_fullest)
        self.story_age = self.registry.histogram(
            "copydesk_story_age_seconds",
            "Time from the first to the latest article of stories that ended. Stories with one article are left out.",
            buckets=AGE_BUCKETS,
        )
        self.entity_novelty = self.registry.counter(
            "copydesk_entity_novelty_total",
            "Entities of articles by novelty: no article of the last 7 days names it; none of the same story does; or "
            "it is known in the story.",
            "novelty",
        )

    def _find_fullest(self) -> float:
        """Return the share of the open stories in their largest number, for the shard where it is highest."""
        indexes = (shard.stories for shard in self._shards.values())
        return max(
            (index.open_count / index.parameters.open_stories for index in indexes if index is not None), default=0.0
        )

    def _begin_content_at_zero(self) -> None:
        for place in PLACES:
            self.story_articles.labels(place)
        for novelty in NOVELTIES:
            self.entity_novelty.labels(novelty)
        for verdict in get_args(Verdict):
            self.verdicts.labels(verdict)
        for language in (*LANGUAGES, OTHER_LANGUAGE):
            self.languages.labels(language)
        for kind in get_args(EntityType):
            self.entities.labels(kind)
        for subject in (*(topic.name for topic in list_top()), NO_TOPIC):
            self.main_topics.labels(subject)
        for target in TARGETS:
            for polarity in get_args(Polarity):
                self.sentiments.labels(target, polarity)
