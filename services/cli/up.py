"""`copydesk up`: Kafka and the services on this machine, staying up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from services.cli.progress import errors, results, tell
from services.cli.stack import Stack, find_free_port, run_stack

INGEST_PORT = 8080
"""What the address is when nothing else has it."""
WATCH_INTERVAL = 0.5
"""Seconds between two looks at whether all services still run."""


def up(environ: Mapping[str, str], port: int | None) -> int:
    """Run until Ctrl-C or SIGTERM; what ends by itself is started again. Returns the exit code."""
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    chosen = find_free_port(port if port is not None else INGEST_PORT)
    with (
        TemporaryDirectory(prefix="copydesk-up-") as folder,
        run_stack(environ, Path(folder), ingest_port=chosen, report=tell) as (stack, output),
    ):
        _print_addresses(stack)
        while not asked.wait(WATCH_INTERVAL):
            for name in stack.revive(output):
                errors.print(f"{name} ended and was started again", style="yellow")
        results.print("stopping")
    return 0


def _print_addresses(stack: Stack) -> None:
    results.print(f"HTTP ingest  {stack.ingest}/v1/articles", highlight=False)
    results.print(f"Kafka        {stack.bootstrap_servers}", highlight=False)
    for name, service in stack.services.items():
        results.print(f"metrics      {service.page}/metrics  ({name})", highlight=False)
    results.print(f"logs         {stack.log}", highlight=False, soft_wrap=True)
    results.print("Ctrl-C stops everything.", style="dim")
