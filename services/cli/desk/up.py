"""`copydesk up`: run Kafka and the services on this machine until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from pathlib import Path

from services.cli.addresses import BOOTSTRAP_SERVERS, INGEST_URL, PAGE_PORT
from services.cli.console.progress import error_console, print_status, results_console
from services.cli.desk.processes.run_folder import open_run_folder
from services.cli.desk.processes.stack import PAGE, Stack, run_stack
from services.cli.desk.processes.watch import Watch
from services.cli.desk.state import DeskState, describe_this_process, locate_state, prepare_state, publish_state
from services.embedded import EmbeddedKafka
from services.embedded.ports import find_free_port, require_free
from services.runtime.service.settings import name_variable
from services.sink.rules import EXAMPLE_RULES

INGEST_PORT = int(INGEST_URL.rpartition(":")[2])
KAFKA_PORT = int(BOOTSTRAP_SERVERS.rpartition(":")[2])
WATCH_INTERVAL = 0.5
"""Seconds between two checks whether everything still runs."""


def up(environ: Mapping[str, str], port: int | None) -> int:
    """Run until Ctrl-C or SIGTERM, and start again what ends by itself. Return the exit code.

    Raises ConfigurationError if a desk runs here already, if the state file cannot be written, or if `port` is given
    and in use, and what `run_stack` raises.
    """
    prepare_state(locate_state(environ))
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    if port is not None:
        require_free(port, "the HTTP ingest", "give another one with --port, or --port 0 for any free port")
    ports = {
        "ingest_port": find_free_port(preferred=port if port is not None else INGEST_PORT),
        "kafka_port": KAFKA_PORT,
        "page_port": find_free_port(preferred=PAGE_PORT),
    }
    with (
        open_run_folder("up") as folder,
        run_stack(environ, folder, **ports, report=print_status) as (stack, output),
        publish_state(locate_state(environ), _describe(stack)),
    ):
        for line in describe_addresses(stack, INGEST_PORT if port is None else port):
            results_console.print(line, soft_wrap=True)
        results_console.print(describe_end(stack.broker), style="dim", soft_wrap=True)
        watch = Watch(stack, output, lambda line: error_console.print(line, style="yellow", soft_wrap=True))
        while not stopping.wait(WATCH_INTERVAL):
            watch.check()
        results_console.print("stopping")
    return 0


def _describe(stack: Stack) -> DeskState:
    pid, started = describe_this_process()
    return DeskState(
        pid=pid,
        started=started,
        ingest=stack.ingest,
        bootstrap_servers=stack.bootstrap_servers,
        page=stack.browser_page,
        rules=Path(rules).absolute() if (rules := stack.environ.get(name_variable("sink", "rules"))) else None,
        metrics={name: f"{service.page}/metrics" for name, service in stack.services.items() if name != PAGE},
        log=str(stack.log),
    )


def describe_addresses(stack: Stack, wanted_ingest: int) -> list[str]:
    """Return lines that say where everything is, and name each usual port that was in use.

    `wanted_ingest` is the port that ingest was to have; 0 is any. A port that the settings name is no usual port.
    """
    usual_kafka = KAFKA_PORT if stack.broker is not None and not stack.broker.settings.port else 0
    addresses = [
        ("page", str(stack.browser_page), PAGE_PORT),
        ("HTTP ingest", f"{stack.ingest}/v1/articles", wanted_ingest),
        ("Kafka", stack.bootstrap_servers, usual_kafka),
    ]
    lines = []
    for label, address, usual in addresses:
        note = f" (port {usual} is in use)" if usual and f":{usual}" not in address else ""
        lines.append(f"{label:<13}{address}{note}")
    lines += [
        f"metrics      {service.page}/metrics ({name})" for name, service in stack.services.items() if name != PAGE
    ]
    rules = stack.environ.get(
        name_variable("sink", "rules"), f"{EXAMPLE_RULES} (the example; --rules FILE uses others)"
    )
    return [*lines, f"rules        {rules}", f"logs         {stack.log}"]


def describe_end(broker: EmbeddedKafka | None) -> str:
    """Return what other commands find, and what Ctrl-C ends. `broker` is that of the desk, if it has one."""
    kept = broker.settings.data_dir if broker is not None else None
    end = ""
    if broker is not None:
        end = f"; the events stay in {kept}" if kept else " and deletes the events"
    return f"Other commands on this machine find these addresses. Ctrl-C stops everything{end}."
