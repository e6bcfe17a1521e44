"""Membership in a consumer group without reading records: join, stay and leave, each with a deadline."""

from __future__ import annotations

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from services.errors import CopydeskError
from services.runtime.kafka.clients import within
from services.runtime.service.retries import Retrier
from services.runtime.service.settings import KafkaSettings

NO_PARTITION = -1
"""Number that no partition has: a poll for it returns no record, and still reports the errors of the member."""
JOIN_TIMEOUTS = 3
"""Request timeouts that joining may take: the older members end their transactions first."""
POLL_MS = 1_000
"""Longest time of one poll."""

logger = structlog.get_logger()


class GroupMembership:
    """The membership of one consumer, whose records are read partition by partition elsewhere, or not at all."""

    def __init__(
        self, consumer: AIOKafkaConsumer, topic: str, settings: KafkaSettings, *, retrier: Retrier | None = None
    ) -> None:
        """Prepare the membership of `consumer`, which has subscribed to `topic` and is not started.

        A poll that fails with a TransientError is repeated by `retrier`, if one is given.
        """
        self._consumer = consumer
        self._nothing = TopicPartition(topic, NO_PARTITION)
        self._topic = topic
        self._timeout = settings.request_timeout
        self._retrier = retrier

    async def join(self) -> None:
        """Start the consumer. Call `leave` afterwards, even when this fails or is cancelled.

        Raises TransientError when the group cannot be joined in time, CopydeskError when Kafka refuses the member.
        """
        await within(self._timeout * JOIN_TIMEOUTS, f"join the group on {self._topic}", self._consumer.start())

    async def stay(self) -> None:
        """Poll until cancelled, also while the member has no partition, and raise the error of the member.

        aiokafka drops a member that does not poll for five minutes (`max_poll_interval_ms`), and hides that member's
        errors, for example a permission that was withdrawn.
        """
        while True:
            if self._retrier is None:
                await self._poll()
            else:
                await self._retrier.call("poll the group", self._poll)

    async def leave(self) -> None:
        """Stop the consumer. A failure is only logged: the broker removes a silent member after its session timeout."""
        try:
            await within(self._timeout, f"leave the group on {self._topic}", self._consumer.stop())
        except CopydeskError as error:
            logger.warning("group_leave_failed", topic=self._topic, error=str(error))

    async def _poll(self) -> None:
        poll = self._consumer.getmany(self._nothing, timeout_ms=POLL_MS)
        await within(self._timeout * JOIN_TIMEOUTS, f"poll the group on {self._topic}", poll)
