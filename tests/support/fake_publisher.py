"""A publisher in memory; it passes the same behaviour suite as the one on Kafka (publisher_behaviour.py)."""

from __future__ import annotations

from collections.abc import Sequence

from services.contracts.topics import MAX_RECORD_BYTES
from services.errors import PermanentError, TransientError
from services.ingest.normalise import Publication
from services.ingest.publisher import PublishResult
from services.outcomes import Reason, Stage


class FakePublisher:
    """Publisher that stores what is published. A test can make it unavailable."""

    def __init__(self) -> None:
        self.published: list[Publication] = []
        self.is_available = True
        self.failing_calls = 0
        """Number of the next calls that fail."""

    async def publish(self, publications: Sequence[Publication]) -> list[PublishResult]:
        """Store the publications, or fail if the publisher is unavailable; as in `Publisher`."""
        if not self.is_available or self.failing_calls > 0:
            self.failing_calls -= 1
            unreachable = TransientError(
                "the broker is unreachable", reason=Reason.BROKER_UNAVAILABLE, stage=Stage.INGEST
            )
            return [unreachable for _ in publications]
        return [self._take(publication) for publication in publications]

    def _take(self, publication: Publication) -> PublishResult:
        if len(publication.value) > MAX_RECORD_BYTES:
            return PermanentError("the record is too large", reason=Reason.TOO_LARGE, stage=Stage.INGEST)
        self.published.append(publication)
        return None
