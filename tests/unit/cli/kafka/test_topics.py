"""The command `copydesk topics`."""

from __future__ import annotations

import os
import subprocess
import sys

from services.runtime.service.settings import name_variable

WITHOUT_BROKER = "127.0.0.1:9"
"""Address of the discard port (RFC 863), where no broker answers."""


def test_a_retry_is_printed_when_no_broker_answers() -> None:
    """While no broker answers, the command prints why an attempt failed and when the next one begins."""
    environ = {**os.environ, name_variable("kafka", "bootstrap_servers"): WITHOUT_BROKER, "COLUMNS": "200"}
    command = [sys.executable, "-m", "services.cli", "topics"]
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = next(line for line in process.stderr if "trying again in" in line)
        finally:
            process.kill()
    assert "no Kafka broker answers at" in line
