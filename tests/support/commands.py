"""Commands of `copydesk` that run to their end against a Kafka."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from services.runtime.service.settings import name_variable


def run_copydesk(
    *arguments: str,
    servers: str,
    timeout: float,
    orders: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command, with crash points if there is a file of orders.

    Raises subprocess.TimeoutExpired after `timeout` seconds.
    """
    module = ["services.cli"] if orders is None else ["tests.support.whole_path.launch", str(orders), "services.cli"]
    return subprocess.run(
        [sys.executable, "-m", *module, *arguments],
        env={**os.environ, name_variable("kafka", "bootstrap_servers"): servers, **(environ or {})},
        capture_output=True,
        timeout=timeout,
        check=False,
    )
