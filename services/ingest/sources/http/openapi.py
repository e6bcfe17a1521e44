"""What the OpenAPI document says about a request that the framework does not parse."""

from __future__ import annotations

from typing import Any

from services.contracts.raw import RawArticle
from services.ingest.sources.http.problems import PROBLEM_JSON, Problem
from services.ingest.sources.http.requests import FIELDS, HEADER_PREFIX

SUMMARY = "Takes raw articles and puts them on the stream; answers when they are safe there."

EXAMPLE = {
    "content": "HARBOUR CITY -- The two mayors agreed on Tuesday to reopen the ferry line.",
    "url": "https://news.example/harbour/ferry",
    "title": "Mayors agree to reopen the ferry line",
    "language": "en",
    "published_at": "2026-03-10T08:00:00Z",
}
LINES = '{"content": "First article.", "url": "https://news.example/1"}\n{"content": "Second article."}\n'

_SCHEMA = RawArticle.model_json_schema()
_TEXT = {"schema": {"type": "string"}}

REQUEST_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"oneOf": [_SCHEMA, {"type": "array", "items": _SCHEMA, "minItems": 1}]},
            "examples": {
                "one": {"summary": "One article", "value": EXAMPLE},
                "several": {"summary": "A batch", "value": [EXAMPLE, {"content": "Another article."}]},
            },
        },
        "application/x-ndjson": {"schema": {"type": "string", "description": "One article a line."}, "example": LINES},
        "text/plain": {**_TEXT, "example": EXAMPLE["content"]},
        "text/html": {**_TEXT, "example": "<html><body><article><p>The two mayors …</p></article></body></html>"},
    },
}
"""Of `POST /v1/articles`; the schema is the contract's own."""


def _describe_field(name: str) -> list[dict[str, Any]]:
    schema = _SCHEMA["properties"][name]
    header = "-".join(part.capitalize() for part in (HEADER_PREFIX + name.replace("_", "-")).split("-"))
    told = "For text/plain and text/html bodies. "
    return [
        {"name": name, "in": "query", "required": False, "schema": schema, "description": told},
        {"name": header, "in": "header", "required": False, "schema": schema, "description": f"{told}As `{name}`."},
    ]


PARAMETERS: list[dict[str, Any]] = [parameter for name in FIELDS for parameter in _describe_field(name)]
"""Where bodies of plain text and HTML carry their metadata; the query wins over the header."""

_REFUSALS = {
    400: "No article: the body is empty, not in its encoding, not JSON, or a field is wrong, which is named.",
    401: "API keys are set and none of them was sent, as `Authorization: Bearer` or `X-Api-Key`.",
    408: "The body did not arrive in time.",
    413: "The body, the article or the batch is too large.",
    415: "A media type, charset or content encoding that is not taken.",
    429: "Too much is in flight; `Retry-After` says in how many seconds to come again.",
    503: "The broker did not acknowledge in time; `Retry-After` says in how many seconds to come again.",
}


def describe_refusals() -> dict[int | str, dict[str, Any]]:
    """The refusals, for FastAPI's `responses`."""
    retry = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return {
        status: {
            "description": text,
            "content": {PROBLEM_JSON: {"schema": Problem.model_json_schema()}},
            **({"headers": retry} if status in (408, 429, 503) else {}),
        }
        for status, text in _REFUSALS.items()
    }
