"""Pictures of the dashboards: `python -m tests.monitoring.pictures`, with real services, traffic and Prometheus.

The traffic is slow, so that an idle machine holds the objective. If the objective is missed, nothing is drawn: the
picture of a busy machine says nothing about Copydesk.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from services.cli.desk.processes.stack import run_stack
from services.cli.kafka.connection import BOOTSTRAP
from services.embedded import EmbeddedKafka, load_embedded_settings
from services.reference.dashboards.pictures import draw_all
from services.runtime.service.settings import PREFIX
from tests.monitoring.live import SCRAPE, run_prometheus
from tests.monitoring.traffic import Traffic
from tests.support.monitoring_files import FED_BY_FAULTS
from tests.support.monitoring_tools import ROOT

OBJECTIVE = 0.99
"""Share of the articles that must be routed within a second."""
WARM_UP = 30
"""Seconds of traffic before the time that is shown: the first articles are slower."""
FRESH = (
    'sum(increase(copydesk_freshness_seconds_bucket{{stage="sink", le="1.0"}}[{seconds}s])) '
    '/ sum(increase(copydesk_freshness_seconds_count{{stage="sink"}}[{seconds}s]))'
)


def draw(
    minutes: Annotated[float, typer.Option(min=1, help="Length of the time that the pictures show.")] = 15,
    interval: Annotated[float, typer.Option(min=0.05, help="Seconds between two articles.")] = 1.0,
    busy: Annotated[bool, typer.Option(help="Draw even if the objective was missed.")] = False,
) -> None:
    """Run Kafka, the services, traffic and Prometheus, and draw both dashboards in docs/dashboards/."""
    settings = load_embedded_settings(os.environ)
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    with TemporaryDirectory(prefix="copydesk-pictures-") as folder, EmbeddedKafka.start(settings) as broker:
        environ = others | {BOOTSTRAP: broker.bootstrap_servers}
        with run_stack(environ, Path(folder)) as (stack, _):
            targets = {name: service.page.removeprefix("http://") for name, service in stack.services.items()}
            with run_prometheus(Path(folder), targets) as prometheus, Traffic(stack.ingest, interval=interval):
                time.sleep(WARM_UP + minutes * 60)
                (answer,) = prometheus.ask(FRESH.format(seconds=round(minutes * 60)))
                fresh = float(answer["value"][1])
                print(f"routed within one second: {fresh:.2%}; the objective is {OBJECTIVE:.0%}")
                if fresh < OBJECTIVE and not busy:
                    print("nothing is drawn: use an idle machine, or a longer --interval", file=sys.stderr)
                    raise typer.Exit(1)
                empty = draw_all(ROOT, prometheus.address, minutes, f"{30 * SCRAPE}s")
    missing = {title for titles in empty.values() for title in titles} - FED_BY_FAULTS
    if missing:
        print(f"panels without data: {', '.join(sorted(missing))}", file=sys.stderr)
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(draw)
