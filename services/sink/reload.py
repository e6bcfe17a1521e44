"""The routing rules in force. They follow their file, as long as the file is valid."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path

import structlog

from services.contracts.topics import DEFAULT_LAYOUT, TopicLayout
from services.errors import CopydeskError, TransientError
from services.outcomes import ReloadOutcome
from services.runtime.service.changed_file import ChangedFile
from services.sink.metrics import SinkMetrics
from services.sink.rules import Rules, read_rules
from services.sink.topics import list_route_topics

PrepareTopics = Callable[[Rules], Awaitable[None]]
"""Function that creates the missing topics of the rules. Raises CopydeskError if it cannot, or if a topic is wrong."""

logger = structlog.get_logger()


class ReloadedRules:
    """The rules in force, and the task that replaces them when their file changes.

    New rules are in force when the whole file is valid and the topic of each route exists. Each lane uses them from its
    next transaction on. While the file is wrong or a topic is missing, the earlier rules stay in force.
    """

    def __init__(
        self,
        path: Path,
        metrics: SinkMetrics,
        prepare_topics: PrepareTopics,
        *,
        interval: float,
        layout: TopicLayout = DEFAULT_LAYOUT,
    ) -> None:
        """Read the file. Raises ConfigurationError if it is wrong: there are no earlier rules yet.

        Args:
            path: Rules file.
            metrics: Metrics of the process.
            prepare_topics: Function that creates the missing topics of new rules.
            interval: Seconds between two checks of the file.
            layout: Names of the topics.
        """
        self._layout = layout
        self._path = path
        self._metrics = metrics
        self._prepare_topics = prepare_topics
        self._interval = interval
        self._changed = ChangedFile(path)
        self._is_pending = False
        """True if the file has changed, or was rejected for a reason that may pass, and must be read again."""
        self._is_rejected = False
        """True if the last rules that were read are not in force."""
        self._requested = asyncio.Event()
        self.current = read_rules(path)
        self._topics = self._name_topics(self.current)

    def get(self) -> Rules:
        """Return the rules in force."""
        return self.current

    def list_topics(self) -> tuple[str, ...]:
        """List the topics that this process may write to: a fence must include each of them."""
        return self._topics

    def add_topics(self, topics: Iterable[str]) -> None:
        """Add topics that exist already, such as those of routes that are no longer in the rules."""
        self._topics = tuple(dict.fromkeys((*self._topics, *topics)))

    def request(self) -> None:
        """Ask for the file to be read now, whether it has changed or not. A signal handler may call this."""
        self._requested.set()

    async def watch(self) -> None:
        """Check the file again and again, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._interval):
                    await self._requested.wait()
            is_requested = self._requested.is_set()
            self._requested.clear()
            await self.check(is_requested=is_requested)

    async def check(self, *, is_requested: bool = False) -> None:
        """Read the file if that was requested, or if it has changed and was the same at this check and the last."""
        if self._changed.has_changed() and not is_requested:
            self._is_pending = True
            return
        if not (self._is_pending or is_requested):
            return
        self._is_pending = False
        try:
            await self._reload()
        except TransientError as error:
            self._is_pending = True
            self._reject(error)
        except CopydeskError as error:
            self._reject(error)
        except Exception as error:
            # A bug in the reading must not stop the routing by the rules in force.
            logger.error("rules_reload_failed", file=str(self._path), exc_info=error)
            self._reject(error)

    async def _reload(self) -> None:
        rules = await asyncio.to_thread(read_rules, self._path)
        if rules.version == self.current.version and not self._is_rejected:
            return
        await self._prepare_topics(rules)
        earlier, self.current = self.current, rules
        self.add_topics(self._name_topics(rules))
        self._is_rejected = False
        self._metrics.rules_rejected.set(0)
        self._metrics.rules_reloads.labels(ReloadOutcome.RELOADED).inc()
        logger.info(
            "rules_reloaded",
            file=str(self._path), rules=rules.version, earlier=earlier.version,
            added=sorted({*rules.names} - {*earlier.names}), removed=sorted({*earlier.names} - {*rules.names}),
        )  # fmt: skip

    def _reject(self, error: Exception) -> None:
        self._is_rejected = True
        self._metrics.rules_rejected.set(1)
        self._metrics.rules_reloads.labels(ReloadOutcome.REJECTED).inc()
        logger.error("rules_rejected", file=str(self._path), error=str(error), rules=self.current.version)

    def _name_topics(self, rules: Rules) -> tuple[str, ...]:
        return tuple(topic.name for topic in list_route_topics(rules, self._layout))
