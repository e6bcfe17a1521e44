"""OpenAPI description of the request, which FastAPI does not parse, and of the error responses."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from services.contracts.raw import RawArticle
from services.ingest.sources.http.problems import PROBLEM_JSON, Problem
from services.ingest.sources.http.requests import FIELDS, HEADER_PREFIX

SUMMARY = "Accepts raw articles and publishes them to the stream. Answers when the broker has acknowledged them."

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
        "application/x-ndjson": {
            "schema": {"type": "string", "description": "One article per line."},
            "example": LINES,
        },
        "text/plain": {**_TEXT, "example": EXAMPLE["content"]},
        "text/html": {**_TEXT, "example": "<html><body><article><p>The two mayors …</p></article></body></html>"},
    },
}
"""Request body of `POST /v1/articles`. Its schema is that of the raw article's contract."""


def _describe_field(name: str) -> list[dict[str, Any]]:
    schema = _SCHEMA["properties"][name]
    header = "-".join(part.capitalize() for part in (HEADER_PREFIX + name.replace("_", "-")).split("-"))
    use = "For bodies of text/plain and text/html."
    return [
        {"name": name, "in": "query", "required": False, "schema": schema, "description": use},
        {
            "name": header,
            "in": "header",
            "required": False,
            "schema": schema,
            "description": f"{use} The same as `{name}` in the query.",
        },
    ]


PARAMETERS: list[dict[str, Any]] = [parameter for name in FIELDS for parameter in _describe_field(name)]
"""Metadata of bodies of plain text and HTML. A parameter in the query wins over one in a header."""

_ERRORS = {
    HTTPStatus.BAD_REQUEST: (
        "The request has no valid article: the body is empty, does not match its charset, is not JSON, or has a wrong "
        "field, which is named."
    ),
    HTTPStatus.UNAUTHORIZED: "No valid API key was sent as `Authorization: Bearer` or `X-Api-Key`.",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not arrive in time.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body, the article or the batch is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The media type, the charset or the content encoding is not supported.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many bytes are in work. Send the request again after `Retry-After` seconds.",
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "The broker did not acknowledge in time. Send the request again after `Retry-After` seconds."
    ),
}
_RETRIABLE = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


def describe_errors() -> dict[int | str, dict[str, Any]]:
    """Describe the error responses for FastAPI's `responses`."""
    retry = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    return {
        int(status): {
            "description": text,
            "content": {PROBLEM_JSON: {"schema": Problem.model_json_schema()}},
            **({"headers": retry} if status in _RETRIABLE else {}),
        }
        for status, text in _ERRORS.items()
    }
