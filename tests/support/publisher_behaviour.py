"""The behaviour of every publisher, in memory and on Kafka. A test class derives from this one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest

from services.contracts.raw import RawArticle
from services.contracts.topics import MAX_RECORD_BYTES
from services.errors import PermanentError, TransientError
from services.ingest.normalise import Publication, build_publication
from services.ingest.publisher import Publisher
from services.outcomes import Reason


def make_publication(content: str) -> Publication:
    """Make a record for the raw topic."""
    return build_publication(RawArticle(content=content, url="https://news.example/a"))


@dataclass
class Subject:
    """A publisher with the functions that control its broker."""

    publisher: Publisher
    read: Callable[[], Awaitable[list[Publication]]]
    """Function that reads everything published since the start, in order for each key."""
    stop_broker: Callable[[], Awaitable[None]]
    """Function that makes the broker unavailable."""
    start_broker: Callable[[], Awaitable[None]]
    """Function that makes the broker available again and returns when the publisher can know it."""


class PublisherBehaviour:
    """The claims. A subclass provides the fixture `subject`."""

    @pytest.fixture
    def subject(self) -> Subject:
        raise NotImplementedError

    async def test_acknowledged_is_there(self, subject: Subject) -> None:
        """What is acknowledged can be read with its key, bytes and headers."""
        publications = [make_publication(f"acknowledged {number}") for number in range(20)]
        assert await subject.publisher.publish(publications) == [None] * 20
        assert {item.id: item for item in await subject.read()} == {item.id: item for item in publications}

    async def test_nothing_is_nothing(self, subject: Subject) -> None:
        """An empty batch is answered at once."""
        assert await subject.publisher.publish([]) == []

    async def test_oversize_harms_no_neighbour(self, subject: Subject) -> None:
        """A record above the topic's limit is rejected, and its neighbours are published."""
        good = [make_publication("before"), make_publication("after")]
        big = replace(make_publication("big"), value=b"x" * (MAX_RECORD_BYTES + 2_000_000))
        verdicts = await subject.publisher.publish([good[0], big, good[1]])
        assert (verdicts[0], verdicts[2]) == (None, None)
        assert isinstance(verdicts[1], PermanentError)
        assert verdicts[1].reason is Reason.TOO_LARGE
        assert {item.id for item in await subject.read()} == {item.id for item in good}

    async def test_unavailable_is_transient_and_passes(self, subject: Subject) -> None:
        """Each publication fails with a transient error while the broker is away, and works when it is back."""
        await subject.stop_broker()
        [verdict] = await subject.publisher.publish([make_publication("while away")])
        assert isinstance(verdict, TransientError)
        assert verdict.reason is Reason.BROKER_UNAVAILABLE
        await subject.start_broker()
        assert await subject.publisher.publish([make_publication("back")]) == [None]
        assert make_publication("back").id in {item.id for item in await subject.read()}
