"""The OpenAPI document and the page /docs."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from services.contracts.raw import RawArticle
from services.ingest.field_names import ALIASES
from services.ingest.sources.http.docs_page import render
from services.ingest.sources.http.problems import STATUS
from services.outcomes import Reason

PATH = "/v1/articles"
BASE = "urn:document"


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    """Fetch the OpenAPI document."""
    fetched: dict[str, Any] = (await client.get("/openapi.json")).json()
    return fetched


async def test_the_document_describes_the_contract(document: dict[str, Any]) -> None:
    """The OpenAPI document has the schema of the contract, the media types and every error status."""
    operation = document["paths"][PATH]["post"]
    schemas = document["components"]["schemas"]
    body = operation["requestBody"]["content"]
    assert body["application/json"]["schema"]["oneOf"][0] == {"$ref": "#/components/schemas/RawArticle"}
    assert schemas["RawArticle"]["required"] == ["content"]
    assert set(schemas["RawArticle"]["properties"]) == set(RawArticle.model_fields)
    assert {"application/x-ndjson", "text/plain", "text/html"} < set(body)
    assert {"url", "X-Copydesk-Published-At"} <= {parameter["name"] for parameter in operation["parameters"]}
    assert set(schemas["Reason"]["enum"]) == set(Reason)
    assert document["servers"][0]["url"] == "/"


async def test_every_status_has_an_example(document: dict[str, Any]) -> None:
    """Each answer has an example that satisfies its schema, and each error is application/problem+json."""
    responses = document["paths"][PATH]["post"]["responses"]
    assert {str(int(status)) for status in STATUS.values()} | {"202", "207", "404", "405", "500"} == set(responses)
    registry: Registry[Any] = Registry().with_resource(
        BASE, Resource.from_contents(document | {"$schema": "https://json-schema.org/draft/2020-12/schema"})
    )
    for status, response in responses.items():
        [(media_type, content)] = response["content"].items()
        assert media_type == ("application/json" if int(status) < 300 else "application/problem+json")
        written = json.dumps(content["schema"]).replace('"#/', f'"{BASE}#/')
        Draft202012Validator(json.loads(written), registry=registry).validate(content["example"])
        if int(status) >= 300:
            assert content["example"]["status"] == int(status)


async def test_keys_are_described(client: httpx.AsyncClient, guarded: httpx.AsyncClient) -> None:
    """Both ways to send a key are security schemes; with keys in the settings one is required."""
    is_open, is_guarded = [(await one.get("/openapi.json")).json() for one in (client, guarded)]
    assert set(is_open["components"]["securitySchemes"]) == {"bearer", "apiKey"}
    assert is_open["security"] == [{"bearer": []}, {"apiKey": []}, {}]
    assert is_guarded["security"] == [{"bearer": []}, {"apiKey": []}]


class Page(HTMLParser):
    """Elements of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add an element."""
        self.elements.append((tag, dict(attrs)))


async def test_the_page_needs_no_other_host(client: httpx.AsyncClient) -> None:
    """/docs is a page without scripts, frames, pictures and links to other hosts, and its policy allows none."""
    response = await client.get("/docs")
    assert response.status_code == 200 and response.headers["content-type"].startswith("text/html")
    assert response.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    page = Page(response.text)
    assert not {"script", "iframe", "img", "link", "form", "object"} & {tag for tag, _ in page.elements}
    assert [attrs["href"] for tag, attrs in page.elements if tag == "a"] == ["/openapi.json"]
    assert not any(name.startswith("on") or name == "style" for _, attrs in page.elements for name in attrs)


async def test_the_page_has_the_whole_api(client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    """/docs names each field with its other names, each status, both ways to send a key, and commands to try."""
    text = re.sub(r"<[^>]+>", " ", (await client.get("/docs")).text)
    names = {*RawArticle.model_fields, *(alias for aliases in ALIASES.values() for alias in aliases)}
    statuses = document["paths"][PATH]["post"]["responses"]
    for wanted in (*names, *statuses, "X-Api-Key", "http://ingest/v1/articles", "application/x-ndjson"):
        assert wanted in text


async def test_the_page_escapes_the_address(document: dict[str, Any]) -> None:
    """The address, which the sender chooses with the header Host, is text on the page."""
    assert "<script>" not in render(document, "http://<script>alert(1)</script>")


def test_the_example_commands_quote_their_bodies() -> None:
    """A quotation mark in an example's body does not end the argument of the command."""
    content = {"text/plain": {"example": "It's open"}}
    operation = {"description": "d", "requestBody": {"content": content}, "responses": {}}
    document: dict[str, Any] = {
        "info": {"title": "t", "version": "1", "summary": "s", "description": "d"},
        "security": [],
        "components": {"securitySchemes": {}, "schemas": {"RawArticle": {"properties": {}, "required": []}}},
        "paths": {key: {"post": operation} for key in (PATH, "/v1/retractions")},
    }
    assert "&#x27;It&#x27;\\&#x27;&#x27;s open&#x27;" in render(document, "http://a")
