"""`copydesk up`: run Kafka and the services on this machine until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from services.cli.console.progress import error_console, print_status, results_console
from services.cli.desk.stack import PAGE, Stack, run_stack
from services.cli.page.serve import PAGE_PORT
from services.embedded.ports import find_free_port

INGEST_PORT = 8080
"""Port of the HTTP ingest, unless it is in use."""
WATCH_INTERVAL = 0.5
"""Seconds between two checks whether all services still run."""


def up(environ: Mapping[str, str], port: int | None) -> int:
    """Run until Ctrl-C or SIGTERM, and restart every service that ends by itself. Return the exit code."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    ingest_port = find_free_port(preferred=port if port is not None else INGEST_PORT)
    page_port = find_free_port(preferred=PAGE_PORT)
    with (
        TemporaryDirectory(prefix="copydesk-up-") as folder,
        run_stack(environ, Path(folder), ingest_port=ingest_port, page_port=page_port, report=print_status) as (
            stack,
            output,
        ),
    ):
        _print_addresses(stack)
        while not stopping.wait(WATCH_INTERVAL):
            for name in stack.restart_ended(output):
                error_console.print(f"{name} ended and was started again; see {stack.log}", style="yellow")
        results_console.print("stopping")
    return 0


def _print_addresses(stack: Stack) -> None:
    results_console.print(f"page         {stack.browser_page}")
    results_console.print(f"HTTP ingest  {stack.ingest}/v1/articles")
    results_console.print(f"Kafka        {stack.bootstrap_servers}")
    for name, service in stack.services.items():
        if name != PAGE:
            results_console.print(f"metrics      {service.page}/metrics  ({name})")
    results_console.print(f"logs         {stack.log}", soft_wrap=True)
    results_console.print("Ctrl-C stops everything.", style="dim")
