"""The page answers on loopback names, refuses forms of other sites, and escapes everything."""

from __future__ import annotations

import re

import pytest

from services.contracts.event import EnrichedArticle
from services.page.app import describe_entry
from services.page.ports import Ports
from services.page.rendering import safe_link
from services.page.views.summary import EventFilter
from services.page.windows.events import EventWindow
from tests.support.page_events import (
    BASE,
    HOSTILE,
    add_to,
    build_page_event,
    enrich_falsely,
    open_page,
    require_harmless,
)


@pytest.mark.parametrize("view", ["text", "raw", "changes", "json"])
async def test_a_hostile_article_is_text_and_nothing_else(view: str) -> None:
    """No value of an event becomes an element, an attribute or a script."""
    window = EventWindow()
    body = f"{HOSTILE}\n\nAnna Berg {HOSTILE}"
    event = build_page_event(HOSTILE, headline=HOSTILE, body=body, names=(("Anna Berg", "PER", "negative"),))
    article = event.article.model_copy(
        update={
            "source": HOSTILE,
            "url": "javascript:alert(1)",
            "byline": (HOSTILE,),
            "section": HOSTILE,
            "subheadline": HOSTILE,
            "metadata": {HOSTILE: HOSTILE},
        }
    )
    entities = tuple(entity.model_copy(update={"id": HOSTILE, "name": HOSTILE}) for entity in event.entities or ())
    duplicate = event.duplicate.model_copy(update={"verdict": "near", "duplicate_of": HOSTILE, "similarity": 0.5})
    event = event.model_copy(update={"article": article, "entities": entities, "duplicate": duplicate})
    add_to(window, event)
    window.add_route(HOSTILE, HOSTILE)

    async def find_hostile(_: EnrichedArticle) -> str | None:
        return HOSTILE * 3

    page = open_page(window, Ports(find_raw_text=find_hostile))
    (entry,) = window.list_newest(EventFilter(), 1)
    path = re.findall(r'href="(/events/[^"]*)"', describe_entry(entry)["html"])[0]
    for html in (
        (await page.get("/")).text,
        (await page.get(path, params={"view": view})).text,
        (await page.get("/", params={"name": HOSTILE})).text,
    ):
        require_harmless(html)


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "//x", "http://", "data:text/html,x", "http://[x"])
def test_only_web_addresses_become_links(url: str | None) -> None:
    """A link goes to http or https, whatever a producer wrote."""
    assert safe_link(url) is None


async def test_every_answer_forbids_what_the_page_does_not_need(window: EventWindow) -> None:
    """The policy allows only the page's own files, on pages, files, errors and refusals."""
    page = open_page(window)
    for path in ("/", "/events/orig", "/nowhere", "/static/page.js", "/paste"):
        headers = (await page.get(path)).headers
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    refused = await page.get("/", headers={"host": "evil.example"})
    assert "content-security-policy" in refused.headers


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8090", 200),
        ("localhost", 200),
        ("LOCALHOST:1", 200),
        ("[::1]:8090", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("127.0.0.1@evil.example", 403),
        ("evil.example:8090", 403),
        ("[", 403),
        ("localhost:no", 403),
        ("", 403),
    ],
)
async def test_only_loopback_names_are_answered(window: EventWindow, host: str, status: int) -> None:
    """A name that a foreign site lets point to loopback (DNS rebinding) is refused."""
    assert (await open_page(window).get("/", headers={"host": host})).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"origin": BASE}, 303),
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
async def test_forms_of_other_sites_are_refused(window: EventWindow, headers: dict[str, str], status: int) -> None:
    """Only the page's own form may start an enrichment."""
    page = open_page(window, Ports(enrich=enrich_falsely))
    sent = await page.post("/paste", data={"content": "A text."}, headers=headers, follow_redirects=False)
    assert sent.status_code == status
