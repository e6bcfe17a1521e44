"""OpenAPI description of the API: the request, which FastAPI does not parse, the errors, the keys and the servers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.contracts.raw import RawArticle
from services.contracts.retraction import RetractionRequest
from services.ingest.sources.http.problems import PROBLEM_JSON, STATUS, Problem, build_problem
from services.ingest.sources.http.requests import FIELDS, HEADER_PREFIX

SUMMARY = "Accepts raw articles and publishes them to the stream. Answers when the broker has acknowledged them."
DESCRIPTION = (
    "A field may also have one of its other names, such as `headline` for `title` (docs/fields.md). A field under any "
    "other name goes to the metadata if it is a short text, a number, true or false. Any other unknown field, and a "
    "misspelt one, is an error that names it."
)
SERVERS = [{"url": "/", "description": "The address of this document."}]
KEYS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, as `Authorization: Bearer <key>`."},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "The same key in a header."},
}
"""Security schemes: two ways to send an API key."""

EXAMPLE = {
    "content": "HARBOUR CITY -- The two mayors agreed on Tuesday to reopen the ferry line.",
    "url": "https://news.example/harbour/ferry",
    "title": "Mayors agree to reopen the ferry line",
    "language": "en",
    "published_at": "2026-03-10T08:00:00Z",
}
LINES = '{"content": "First article.", "url": "https://news.example/1"}\n{"content": "Second article."}\n'

_SCHEMA = RawArticle.model_json_schema()
_ARTICLE = {"$ref": "#/components/schemas/RawArticle"}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_TEXT = {"schema": {"type": "string"}}

REQUEST_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"oneOf": [_ARTICLE, {"type": "array", "items": _ARTICLE, "minItems": 1}]},
            "examples": {
                "one": {"summary": "One article", "value": EXAMPLE},
                "several": {"summary": "A batch", "value": [EXAMPLE, {"content": "Another article."}]},
            },
        },
        "application/x-ndjson": {
            "schema": {"type": "string", "description": "One article a line, as JSON."},
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
    HTTPStatus.INTERNAL_SERVER_ERROR: "The service failed on the request. Its log has the error.",
    HTTPStatus.NOT_FOUND: "Nothing is at this path.",
    HTTPStatus.METHOD_NOT_ALLOWED: "The method is not possible at this path.",
}
"""Meaning of each error status."""
_RETRIABLE = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_DETAILS = {
    HTTPStatus.BAD_REQUEST: "titel: unknown field; did you mean title?",
    HTTPStatus.UNAUTHORIZED: "no valid API key was sent; send one as `Authorization: Bearer <key>`",
    HTTPStatus.REQUEST_TIMEOUT: "the whole request body did not arrive within 30 s; send it faster or in parts",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the request has more than 1000 articles",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "media type 'application/xml' is not supported; send one of application/json, …",
    HTTPStatus.TOO_MANY_REQUESTS: "the service already holds 268000000 of at most 268435456 bytes of request bodies",
    HTTPStatus.SERVICE_UNAVAILABLE: "the broker did not acknowledge within 30 s",
    HTTPStatus.INTERNAL_SERVER_ERROR: "the service failed on this request; its log has the error",
    HTTPStatus.NOT_FOUND: (
        "nothing is at /v1/article; POST /v1/articles accepts articles, /v1/retractions retractions; see /docs"
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: "GET is not possible at /v1/articles; POST /v1/articles accepts articles, …",
}
"""Example of the `detail` of each status."""
ACCEPTED_EXAMPLE = {"id": "0b7a0cbb2f9ce7a1d2b1f1f1a6a3c0d4"}
BATCH_EXAMPLE = {
    "results": [
        {"index": 0, "status": 202, "id": "0b7a0cbb2f9ce7a1d2b1f1f1a6a3c0d4"},
        {
            "index": 1,
            "status": 400,
            "error": {"reason": "empty", "field": "content", "message": "content: has no visible character"},
        },
    ],
    "counts": {"published": 1, "rejected": 1, "deferred": 0},
}


def describe_errors() -> dict[int | str, dict[str, Any]]:
    """Describe the error responses for FastAPI's `responses`."""
    retry = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    return {
        int(status): {
            "description": text,
            "content": {PROBLEM_JSON: {"schema": _PROBLEM, "example": _build_example(status)}},
            **({"headers": retry} if status in _RETRIABLE else {}),
        }
        for status, text in _ERRORS.items()
    }


def _build_example(status: HTTPStatus) -> dict[str, Any]:
    reasons = [reason for reason, answered in STATUS.items() if answered is status]
    field = "titel" if status is HTTPStatus.BAD_REQUEST else None
    reason = reasons[-1] if reasons else None
    return build_problem(status, _DETAILS[status], reason=reason, field=field).model_dump(
        mode="json", exclude_none=True
    )


def build_openapi(app: FastAPI, *, needs_key: bool) -> dict[str, Any]:
    """Build the document. Without API keys in the settings, a request needs none."""
    document = get_openapi(
        title=app.title, version=app.version, summary=app.summary, description=DESCRIPTION, routes=app.routes,
        servers=SERVERS,
    )  # fmt: skip
    components = document.setdefault("components", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components["schemas"] = {
        **components.get("schemas", {}),
        **problem.pop("$defs", {}),
        "Problem": problem,
        "RawArticle": _SCHEMA,
        "RetractionRequest": RetractionRequest.model_json_schema(),
    }
    components["securitySchemes"] = KEYS
    document["security"] = [*({name: []} for name in KEYS), *([] if needs_key else [{}])]
    return document
