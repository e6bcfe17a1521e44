"""Fixtures for ingest without a broker and without a socket."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest

from services.ingest.intake import Intake
from services.ingest.metrics import IngestMetrics
from services.ingest.settings import IngestSettings
from services.ingest.sources.http.app import build_app
from services.outcomes import Stage
from services.runtime.service.health import Health
from services.runtime.service.web import build_routes
from tests.support.fake_publisher import FakePublisher

KEY = "a key for the tests"


@pytest.fixture
def publisher() -> FakePublisher:
    """Publisher that the intake uses."""
    return FakePublisher()


@pytest.fixture
def metrics() -> IngestMetrics:
    """Metrics of the service."""
    return IngestMetrics()


@pytest.fixture
def health(metrics: IngestMetrics) -> Health:
    """Health of the service."""
    return Health(Stage.INGEST, metrics, stall_after=60.0)


@pytest.fixture
def intake(publisher: FakePublisher, metrics: IngestMetrics, health: Health) -> Intake:
    """Intake that publishes to the fake publisher."""
    return Intake(publisher, metrics, health)


@pytest.fixture
def settings() -> IngestSettings:
    """Settings with small limits, so that a test can exceed them."""
    return IngestSettings(
        max_request_bytes=100_000, max_batch_articles=50, max_in_flight_bytes=150_000, receive_timeout=0.2
    )


@pytest.fixture
async def client(
    intake: Intake, metrics: IngestMetrics, health: Health, settings: IngestSettings
) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP client of the application, in this process."""
    async with build_client(intake, metrics, health, settings) as client:
        yield client


@pytest.fixture
async def guarded(
    intake: Intake, metrics: IngestMetrics, health: Health, settings: IngestSettings
) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP client of an application that needs an API key, which the client does not send."""
    hashed = hashlib.sha256(KEY.encode()).hexdigest()
    guarding = IngestSettings.model_validate({**settings.model_dump(), "api_keys": ["0" * 64, hashed]})
    async with build_client(intake, metrics, health, guarding) as client:
        yield client


def build_client(intake: Intake, metrics: IngestMetrics, health: Health, settings: IngestSettings) -> httpx.AsyncClient:
    """Build an HTTP client that calls the application without a socket."""
    app = build_app(intake, settings, build_routes(metrics, health))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest")
