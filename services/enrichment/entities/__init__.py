"""Entities of an article: mentions with exact offsets, grouped, ranked, with sentiment toward each."""

from services.enrichment.entities.annotation import (
    Annotation,
    Entity,
    Mention,
    Text,
    annotate_fields,
    annotate_text,
    split_text,
)
from services.enrichment.entities.consistency import make_consistent
from services.enrichment.entities.surfaces import make_key

__all__ = [
    "Annotation",
    "Entity",
    "Mention",
    "Text",
    "annotate_fields",
    "annotate_text",
    "make_consistent",
    "make_key",
    "split_text",
]
