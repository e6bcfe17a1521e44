"""The start of a service process: from the environment to the running service."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from services.errors import ConfigurationError
from services.outcomes import Stage
from services.runtime.service.lifecycle import EXIT_CONFIGURATION, Stopping, run_service
from services.runtime.service.logs import configure_logging
from services.runtime.service.metrics import configure_metrics
from services.runtime.service.settings import ServiceSettings, load_settings

S = TypeVar("S", bound=ServiceSettings)
Main = Callable[[Stopping], Awaitable[None]]


def start_service(settings_class: type[S], environ: Mapping[str, str], stage: Stage, build: Callable[[S], Main]) -> int:
    """Read the settings, build the service and run it until it is asked to stop; return the exit code.

    `build` is the service's composition root. It connects to nothing, and it raises ConfigurationError for settings
    with which the service cannot run; the exit code is 2 then.
    """
    try:
        settings = load_settings(settings_class, environ)
        # This comes before `build`, because some of the parts bind their loggers when they are built.
        configure_logging(settings.telemetry, stage)
        configure_metrics()
        main = build(settings)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return EXIT_CONFIGURATION
    return run_service(main, shutdown_deadline=settings.lifecycle.shutdown_deadline)
