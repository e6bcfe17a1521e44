"""Entities of an article: mentions with exact offsets, grouped, ranked, with sentiment toward each."""

from services.enrichment.entities.annotation import Annotation, Entity, Mention, annotate_fields
from services.enrichment.entities.consistency import make_consistent
from services.enrichment.entities.surfaces import make_key

__all__ = ["Annotation", "Entity", "Mention", "annotate_fields", "make_consistent", "make_key"]
