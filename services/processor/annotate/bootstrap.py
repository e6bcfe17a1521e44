"""annotate, put together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from services.outcomes import Stage
from services.processor.annotate.metrics import AnnotateMetrics
from services.processor.annotate.settings import AnnotateServiceSettings
from services.processor.annotate.stream.runner import run
from services.processor.annotate.workers.pipeline import build_annotator
from services.runtime.service.start import Main, start_service


def main(environ: Mapping[str, str]) -> int:
    """Run annotate until it is asked to stop; returns the exit code."""
    return start_service(AnnotateServiceSettings, environ, Stage.ANNOTATE, build)


def build(settings: AnnotateServiceSettings) -> Main:
    """The service, put together."""
    factory = partial(build_annotator, settings.annotate.enrichment)
    return lambda stopping: run(settings, factory, AnnotateMetrics(), stopping)
