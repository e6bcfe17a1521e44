"""Entities of an article: mentions with exact offsets, grouped, ranked, with sentiment toward each."""

from services.contracts.text.names import make_key
from services.enrichment.entities.annotation import (
    ArticleReading,
    EntityReading,
    MentionReading,
    SplitArticle,
    combine_readings,
    read_fields,
    split_article,
)
from services.enrichment.entities.attitude.speakers import is_speaker
from services.enrichment.entities.tags.consistency import build_consistency_revision

__all__ = [
    "ArticleReading",
    "EntityReading",
    "MentionReading",
    "SplitArticle",
    "build_consistency_revision",
    "combine_readings",
    "is_speaker",
    "make_key",
    "read_fields",
    "split_article",
]
