"""Tests of the fake publisher."""

from __future__ import annotations

import pytest

from services.ingest.normalise import Publication
from tests.support.fake_publisher import FakePublisher
from tests.support.publisher_behaviour import PublisherBehaviour, Subject


class TestFakePublisher(PublisherBehaviour):
    """The behaviour of every publisher, tested on the fake."""

    @pytest.fixture
    def subject(self) -> Subject:
        fake = FakePublisher()

        async def read() -> list[Publication]:
            return fake.published

        async def switch(available: bool) -> None:
            fake.is_available = available

        return Subject(fake, read, lambda: switch(False), lambda: switch(True))
