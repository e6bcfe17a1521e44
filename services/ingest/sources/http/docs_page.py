"""The page /docs: the API in words, on one plain page without a script and without a request to any other host."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from services.ingest.field_names import ALIASES

STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } caption { text-align: left; padding: .5rem 0 }
th, td { border: 1px solid #8886; padding: .3rem .5rem; text-align: left; vertical-align: top }
pre { background: #8882; padding: .75rem; overflow-x: auto } code { font-family: ui-monospace, monospace }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
"""Headers of the page. Its own style is the only thing that a browser may use besides the text."""

ARTICLES = "/v1/articles"
RETRACTIONS = "/v1/retractions"

Document = Mapping[str, Any]


def build_docs_page(get_document: Callable[[], Document]) -> Callable[[Request], Awaitable[Response]]:
    """Build the handler of the page from the function that returns the OpenAPI document."""

    async def show_docs(request: Request) -> Response:
        return HTMLResponse(render(get_document(), str(request.base_url).rstrip("/")), headers=HEADERS)

    return show_docs


def render(document: Document, base: str) -> str:
    """Render the document; `base` is the address at which the sender reached the service."""
    operation, retractions = (document["paths"][path]["post"] for path in (ARTICLES, RETRACTIONS))
    parts = [
        f"<h1>{escape(document['info']['title'])} <small>{escape(document['info']['version'])}</small></h1>",
        f"<p>{escape(document['info']['summary'])} The same as a document for programs: "
        '<a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>',
        f"<h2><code>POST {escape(ARTICLES)}</code></h2>",
        f"<p>{_mark_code(document['info']['description'])}</p>",
        *_render_examples(operation["requestBody"]["content"], f"{base}{ARTICLES}"),
        _render_keys(document),
        _render_fields(document["components"]["schemas"]["RawArticle"]),
        "<p>A body of text or HTML is the content. Its other fields are in the query or in headers such as "
        "<code>X-Copydesk-Published-At</code>; the query wins.</p>",
        _render_responses(operation["responses"]),
        f"<h2><code>POST {escape(RETRACTIONS)}</code></h2>",
        f"<p>{_mark_code(retractions['description'])} Each topic that has an article gets its retraction.</p>",
        *_render_examples(retractions["requestBody"]["content"], f"{base}{RETRACTIONS}"),
        "<h2>Other paths</h2>",
        "<p><code>/ready</code> and <code>/live</code> answer 200 or 503; <code>/metrics</code> has the metrics in "
        "Prometheus' format.</p>",
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Copydesk ingest API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>"
    )


def _render_examples(contents: Document, url: str) -> Iterable[str]:
    for media_type, content in contents.items():
        examples = content.get("examples")
        bodies = [item["value"] for item in examples.values()] if examples else [content["example"]]
        for body in bodies:
            text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
            written = text.rstrip("\n").replace("'", "'\\''")
            command = f"curl -H 'content-type: {media_type}' --data-binary '{written}' {url}"
            yield f"<pre><code>{escape(command)}</code></pre>"


def _render_keys(document: Document) -> str:
    ways = "".join(
        f"<li>{_mark_code(one['description'])}</li>" for one in document["components"]["securitySchemes"].values()
    )
    needed = "This service needs no API key." if {} in document["security"] else "This service needs an API key."
    return f"<h2>API keys</h2><p>{needed}</p><ul>{ways}</ul>"


def _render_fields(schema: Document) -> str:
    rows = []
    for name, field in schema["properties"].items():
        others = ", ".join(f"<code>{escape(alias)}</code>" for alias in ALIASES.get(name, ())) or "none"
        required = " (required)" if name in schema["required"] else ""
        rows.append((f"<code>{escape(name)}</code>{required}", others, _mark_code(field.get("description", ""))))
    return _render_table("Fields of an article", ("field", "other names", "meaning"), rows)


def _render_responses(responses: Document) -> str:
    rows = []
    for status, response in sorted(responses.items()):
        [(media_type, content)] = response["content"].items()
        example = json.dumps(content.get("example"), ensure_ascii=False, indent=1)
        shown = f"{escape(media_type)}<pre><code>{escape(example)}</code></pre>"
        rows.append((escape(status), _mark_code(response["description"]), shown))
    return _render_table("Answers", ("status", "meaning", "example"), rows)


def _render_table(title: str, names: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<h2>{title}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _mark_code(text: str) -> str:
    """Escape a text, and show what is between backquotes as code."""
    pieces = escape(" ".join(text.split())).split("`")
    return "".join(f"<code>{piece}</code>" if number % 2 else piece for number, piece in enumerate(pieces))
