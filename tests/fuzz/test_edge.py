"""The HTTP source under requests that are made from its OpenAPI document, valid and invalid ones."""

from __future__ import annotations

import json
import os
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.ingest.intake import Intake
from services.ingest.metrics import IngestMetrics
from services.ingest.settings import IngestSettings
from services.ingest.sources.http.app import build_app
from services.outcomes import Stage
from services.runtime.service.health import Health
from tests.support.fake_publisher import FakePublisher

EXAMPLES = int(os.environ.get("FUZZ_REQUESTS", "60"))
"""Number of requests; `make fuzz` makes more."""
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
"""Checks without the rejection of invalid requests: the document cannot say that a string is not a URL."""


@schemathesis.serializer("application/x-ndjson", "text/html")
def serialize_text(_: object, value: object) -> bytes:
    """Encode the body of an invalid request: text as bytes, anything else as JSON."""
    return value.encode(errors="surrogatepass") if isinstance(value, str) else json.dumps(value, default=str).encode()


_metrics = IngestMetrics()
app = build_app(
    Intake(FakePublisher(), _metrics, Health(Stage.INGEST, _metrics, stall_after=60.0)),
    IngestSettings(max_request_bytes=1_000_000),
)
schema = schemathesis.openapi.from_asgi("/openapi.json", app)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_documented(case: Case[Any]) -> None:
    """Every answer has a status, a media type and a body that the OpenAPI document names."""
    case.call_and_validate(checks=list(CHECKS))
