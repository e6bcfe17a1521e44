"""Watch over a desk: what ends by itself is reported and started again, and changed rules are reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from services.cli.desk.processes.rules_changes import RulesChanges
from services.cli.desk.processes.stack import Stack
from services.errors import TransientError

MAX_BROKER_ENDS = 3
"""Number of times that the broker may end without an answer in between. After more, its data or memory is the cause."""


class Watch:
    """Watch over the broker and the services of a desk."""

    def __init__(self, stack: Stack, output: BinaryIO, report: Callable[[str], None]) -> None:
        self._stack = stack
        self._output = output
        self._report = report
        self._broker_ends = 0
        self._rules_changes = RulesChanges(stack.log)

    def check(self) -> None:
        """Start again what has ended, and report changed rules.

        Raises TransientError, which names its log, if the broker ends repeatedly.
        """
        self._check_broker()
        for name in self._stack.restart_ended(self._output):
            self._report(f"{name} ended and was started again; its log is {self._stack.log}")
        for line in self._rules_changes.read():
            self._report(line)

    def _check_broker(self) -> None:
        broker = self._stack.broker
        if broker is None:
            return
        if not broker.is_running:
            self._broker_ends += 1
            where = f"Kafka at {broker.bootstrap_servers} ended"
            if self._broker_ends > MAX_BROKER_ENDS:
                raise TransientError(f"{where} {self._broker_ends} times in a row; its log is {broker.log_file}")
            self._report(f"{where} and is started again; its log is {broker.log_file}")
            broker.launch_again()
        elif self._broker_ends and broker.is_answering:
            self._broker_ends = 0
            self._report(f"Kafka at {broker.bootstrap_servers} answers again")
