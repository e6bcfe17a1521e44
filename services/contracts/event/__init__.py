"""The enriched article and its parts. Consumers rely on these names."""

from services.contracts.event.article import (
    UNKNOWN_LANGUAGE,
    Access,
    Article,
    Basis,
    Caption,
    Dateline,
    FieldName,
    Language,
    LanguageBasis,
    LiveEntry,
    Precision,
    ProvidedName,
    ResolvedTime,
)
from services.contracts.event.cleaning import Cleaning, KeptSpan, RemovedSpan
from services.contracts.event.duplicate import Difference, Duplicate, Evidence, Verdict
from services.contracts.event.enriched import AnnotatedArticle, EnrichedArticle
from services.contracts.event.enrichment import Enrichment, Incomplete, Model, Origin, Part, Revision
from services.contracts.event.entities import (
    ArticleSentiment,
    Entity,
    EntitySentiment,
    EntityType,
    Identifiers,
    Link,
    LinkCandidate,
    Mention,
    Polarity,
    Sentiment,
)
from services.contracts.event.signature import Signature
from services.contracts.event.story import Novelty, Story, StoryReason
from services.contracts.event.story_features import StoryFeatures
from services.contracts.event.topics import Topic

__all__ = [
    "UNKNOWN_LANGUAGE",
    "Access",
    "AnnotatedArticle",
    "Article",
    "ArticleSentiment",
    "Basis",
    "Caption",
    "Cleaning",
    "Dateline",
    "Difference",
    "Duplicate",
    "EnrichedArticle",
    "Enrichment",
    "Entity",
    "EntitySentiment",
    "EntityType",
    "Evidence",
    "FieldName",
    "Identifiers",
    "Incomplete",
    "KeptSpan",
    "Language",
    "LanguageBasis",
    "Link",
    "LinkCandidate",
    "LiveEntry",
    "Mention",
    "Model",
    "Novelty",
    "Origin",
    "Part",
    "Polarity",
    "Precision",
    "ProvidedName",
    "RemovedSpan",
    "ResolvedTime",
    "Revision",
    "Sentiment",
    "Signature",
    "Story",
    "StoryFeatures",
    "StoryReason",
    "Topic",
    "Verdict",
]
