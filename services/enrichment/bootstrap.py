"""Composition root of the enrichment: the place where weights are loaded and the pipeline is built."""

from __future__ import annotations

from pathlib import Path

from services.enrichment.language import DefaultLanguages
from services.enrichment.linking.base import STARTER, KnowledgeBase
from services.enrichment.linking.linker import Linker
from services.enrichment.linking.own_list.own_list import OwnListFile, Report
from services.enrichment.models import load_encoder, load_topic_classifier
from services.enrichment.options import EnrichmentOptions
from services.enrichment.pipeline import Pipeline, Timer, measure_nothing


def ignore(_: str) -> None:
    """Ignore a problem of a changed list: the default of `report`."""


def build_pipeline(options: EnrichmentOptions, timer: Timer = measure_nothing, report: Report = ignore) -> Pipeline:
    """Build a pipeline with its models loaded. Raises ConfigurationError for wrong weights or a wrong base."""
    folder = Path(options.weights) if options.weights else None
    encoder = load_encoder(folder, profile=options.profile, cache_bytes=options.sentence_cache_bytes)
    return Pipeline(
        encoder,
        load_topic_classifier(profile=None if folder else options.profile),
        max_encoded_words=options.max_encoded_words,
        linker=build_linker(options, report),
        default_languages=DefaultLanguages(options.default_language, options.source_languages),
        on_failure=options.on_failure,
        timer=timer,
    )


def build_linker(options: EnrichmentOptions, report: Report) -> Linker | None:
    """Build the linker to the knowledge base and the own list of the options; None if linking is off.

    `report` gets what is wrong with a changed list. Raises as `build_pipeline`.
    """
    if not options.linking:
        return None
    own = OwnListFile(Path(options.entity_list), report).get if options.entity_list else None
    return Linker(KnowledgeBase(Path(options.knowledge_base) if options.knowledge_base else STARTER), own=own)
