"""annotate, put together."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial

from services.errors import ConfigurationError
from services.outcomes import Stage
from services.processor.annotate.enrichment import build_annotator
from services.processor.annotate.service import run
from services.processor.annotate.settings import AnnotateServiceSettings
from services.runtime.lifecycle import EXIT_CONFIGURATION, run_service
from services.runtime.logs import configure_logging
from services.runtime.metrics import Metrics
from services.runtime.settings import load_settings


def main(environ: Mapping[str, str]) -> int:
    """Run annotate until it is asked to stop; returns the exit code."""
    try:
        settings = load_settings(AnnotateServiceSettings, environ)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return EXIT_CONFIGURATION
    configure_logging(settings.telemetry, Stage.ANNOTATE)
    factory = partial(build_annotator, settings.annotate.enrichment)
    return run_service(
        lambda stopping: run(settings, factory, Metrics(Stage.ANNOTATE), stopping),
        shutdown_deadline=settings.lifecycle.shutdown_deadline,
    )
