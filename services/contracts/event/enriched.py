"""The two events: the annotated article, which annotate sends to match, and the enriched article."""

from __future__ import annotations

from services.contracts.base import Contract
from services.contracts.event.article import Article
from services.contracts.event.cleaning import Cleaning
from services.contracts.event.duplicate import Duplicate
from services.contracts.event.enrichment import Enrichment, Origin
from services.contracts.event.entities import ArticleSentiment, Entity
from services.contracts.event.signature import Signature
from services.contracts.event.story import Story
from services.contracts.event.story_features import StoryFeatures
from services.contracts.event.topics import Topic


class _ArticleParts(Contract):
    """The parts that both events have. The fields of each event follow them in its JSON."""

    id: str
    """The article id, a function of canonical URL and content."""
    article: Article
    """The article after cleaning."""
    cleaning: Cleaning
    """The account of the raw text."""
    entities: tuple[Entity, ...] | None = None
    """The entities; null if they were not looked for, and then `enrichment.incomplete` gives the reason."""
    sentiment: ArticleSentiment | None = None
    """The sentiment of the article; null as for `entities`."""
    topics: tuple[Topic, ...] | None = None
    """The topics of the article, the main one first: at most three of level 1, each followed by its topic of level 2 if
    that is sure enough. Empty if none is sure enough, null as for `entities`."""


SHARED_FIELDS = tuple(_ArticleParts.model_fields)
"""Names of the parts that both events have."""


class AnnotatedArticle(_ArticleParts):
    """An enriched article without the duplicate verdict, which annotate sends to match. Internal."""

    signature: Signature
    """The part that match compares."""
    story_features: StoryFeatures | None = None
    """The part by which match finds the story; null in records of earlier builds."""
    enrichment: Enrichment
    """The software, the models and the missing parts."""


class EnrichedArticle(_ArticleParts):
    """The enriched article: the event on `news.articles.enriched.v1` and on the routed topics."""

    duplicate: Duplicate
    """The answer to the question whether the article was seen before."""
    story: Story | None = None
    """The story of the article; null if stories are off, without Kafka (`copydesk enrich`), and in events of Copydesk
    0.1."""
    enrichment: Enrichment
    """The software, the models and the missing parts."""
    origin: Origin | None = None
    """The record from which match made the event; null without Kafka (`copydesk enrich`)."""
    text_omitted: bool = False
    """True if the route leaves the text out (`body: false` in the routing rules). Then `article.body`, the texts of
    mentions in the body, and the lists `article.captions`, `article.entries`, `story.because`, `cleaning.kept` and
    `cleaning.removed` are empty, `article.subheadline` is null, and metadata that quote the text are missing. All other
    fields are as on the topic of all events; offsets count in the body that was left out."""

    @classmethod
    def from_annotated(
        cls, annotated: AnnotatedArticle, duplicate: Duplicate, origin: Origin | None, story: Story | None = None
    ) -> EnrichedArticle:
        """Return the annotated article with its verdict and its story."""
        parts = {name: getattr(annotated, name) for name in SHARED_FIELDS}
        return cls(**parts, duplicate=duplicate, story=story, enrichment=annotated.enrichment, origin=origin)
