"""annotate with the fake pipeline: the real process but for the enrichment.

`python -m tests.integration.annotate_stage [SECONDS]`, the time that an article takes.
"""

from __future__ import annotations

import os
import sys

from services.outcomes import Stage
from services.processor.annotate.service import run
from services.processor.annotate.settings import AnnotateServiceSettings
from services.runtime.lifecycle import run_service
from services.runtime.logs import configure_logging
from services.runtime.metrics import Metrics
from services.runtime.settings import load_settings
from tests.unit.processor.annotate.fakes import fake_factory


def main(seconds: float) -> int:
    settings = load_settings(AnnotateServiceSettings, os.environ)
    configure_logging(settings.telemetry, Stage.ANNOTATE)
    return run_service(
        lambda stopping: run(settings, fake_factory(seconds), Metrics(Stage.ANNOTATE), stopping),
        shutdown_deadline=settings.lifecycle.shutdown_deadline,
    )


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.0))
