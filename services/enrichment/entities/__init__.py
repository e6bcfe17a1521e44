"""Entities of an article: mentions with exact offsets, grouped, ranked, with sentiment toward each."""

from services.enrichment.entities.annotation import Annotation, Entity, Mention, annotate_fields
from services.enrichment.entities.consistency import make_consistent

__all__ = ["Annotation", "Entity", "Mention", "annotate_fields", "make_consistent"]
