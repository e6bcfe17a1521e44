"""The real annotate process with another enrichment.

`python -m tests.support.annotate_stage [SECONDS]` uses the fake pipeline; SECONDS is the time of an article.
`python -m tests.support.annotate_stage quiet` uses the real pipeline with an encoder that finds nothing. Cleaning,
language and signature are real, and an article takes some milliseconds.
"""

from __future__ import annotations

import os
import sys

from services.outcomes import Stage
from services.processor.annotate.bootstrap import run
from services.processor.annotate.metrics import AnnotateMetrics
from services.processor.annotate.settings import AnnotateServiceSettings
from services.runtime.service.lifecycle import run_service
from services.runtime.service.logs import configure_logging
from services.runtime.service.settings import load_settings
from tests.support.fake_pipeline import fake_factory
from tests.support.quiet_annotate import build_quiet


def main(argument: str) -> int:
    factory = build_quiet if argument == "quiet" else fake_factory(float(argument))
    settings = load_settings(AnnotateServiceSettings, os.environ)
    configure_logging(settings.telemetry, Stage.ANNOTATE)
    return run_service(
        lambda stopping: run(settings, factory, AnnotateMetrics(), stopping),
        shutdown_deadline=settings.lifecycle.shutdown_deadline,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "0"))
