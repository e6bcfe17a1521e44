"""Messages of the Kafka client, which logs each failed connection several times a second."""

from __future__ import annotations

import logging
import time

from services.cli.console.progress import print_status

GRACE = 5.0
"""Seconds of trouble before it is reported: shorter trouble ends by itself, or ends the command with its own error."""
REPEAT = 30.0
"""Seconds until trouble that continues is reported again."""
CALM = 10.0
"""Seconds without a message after which trouble counts as over."""


class TroubleHandler(logging.Handler):
    """Handler that prints the client's warnings only if they continue, and then rarely."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._since = self._last = self._reported = -REPEAT

    def emit(self, record: logging.LogRecord) -> None:
        """Print the message if trouble has lasted for GRACE seconds and was not reported in the last REPEAT seconds."""
        now = time.monotonic()
        if now - self._last > CALM:
            self._since = now
        self._last = now
        if now - self._since >= GRACE and now - self._reported >= REPEAT:
            self._reported = now
            print_status(f"the Kafka client goes on trying: {record.getMessage()}")


def calm_client_logs() -> None:
    """Send the Kafka client's messages to a TroubleHandler, instead of printing each one."""
    logger = logging.getLogger("aiokafka")
    logger.addHandler(TroubleHandler())
    logger.propagate = False
