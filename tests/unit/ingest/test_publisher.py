"""The fake publisher behaves as the port says."""

from __future__ import annotations

import pytest

from services.ingest.normalise import Publication
from tests.support.fake_publisher import FakePublisher
from tests.support.publisher_behaviour import PublisherBehaviour, Subject


class TestFakePublisher(PublisherBehaviour):
    """See PublisherBehaviour."""

    @pytest.fixture
    def subject(self) -> Subject:
        fake = FakePublisher()

        async def read() -> list[Publication]:
            return fake.published

        async def switch(available: bool) -> None:
            fake.is_available = available

        return Subject(fake, read, lambda: switch(False), lambda: switch(True))
