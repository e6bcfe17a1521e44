"""A pasted article is enriched, compared and shown; a wrong form is shown again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from services.contracts.event import EnrichedArticle
from services.contracts.raw import RawArticle
from services.errors import ConfigurationError
from services.page.pasted import MAX_FORM_BYTES, build_raw_article, read_form
from services.page.ports import Ports
from services.page.windows.events import EventWindow
from tests.support.page_events import add_to, build_copy_verdict, build_page_event, enrich_falsely, open_page


async def test_a_pasted_article_is_enriched_and_shown(window: EventWindow) -> None:
    """The form leads to the event of the article, with its raw text."""
    page = open_page(window, Ports(enrich=enrich_falsely))
    shown = await page.post("/paste", data={"content": "Snow in May.\r\nAgain.", "url": "", "kind": ""})
    assert shown.status_code == 200
    assert "pasted, not in the stream" in shown.text
    raw = (await page.get(f"{shown.url.path}?view=raw")).text
    assert "Snow in May.\nAgain." in raw
    assert (await page.get("/pasted/unknown")).status_code == 404
    assert len(window) == 2


async def test_a_pasted_copy_is_shown_beside_the_pasted_original(window: EventWindow) -> None:
    """Two pasted articles can be compared, although Kafka has neither."""
    known: list[EnrichedArticle] = []

    def enrich(raw: RawArticle, _: Sequence[bytes]) -> EnrichedArticle:
        event = enrich_falsely(raw)
        if known:
            event = event.model_copy(update={"duplicate": build_copy_verdict(known[0].id)})
        known.append(event)
        return event

    page = open_page(window, Ports(enrich=enrich))
    await page.post("/paste", data={"content": "Ten ships left the port of Oslo."})
    copy = await page.post("/paste", data={"content": "Nine ships left the port of Oslo."})
    assert f'href="/pasted/{known[0].id}"' in copy.text
    changes = (await page.get(f"{copy.url.path}?view=changes")).text
    assert "<del>Ten</del>" in changes
    assert "<ins>Nine</ins>" in changes


async def test_a_pasted_article_is_compared_with_the_stream(window: EventWindow) -> None:
    """The enrichment gets each event of the window once, the oldest first, and a copy leads to the event."""
    given: list[list[str]] = []

    def enrich(raw: RawArticle, events: Sequence[bytes]) -> EnrichedArticle:
        given.append([EnrichedArticle.model_validate_json(value).id for value in events])
        return enrich_falsely(raw).model_copy(update={"duplicate": build_copy_verdict("orig")})

    add_to(window, build_page_event("oldest"), written_ms=1)
    page = open_page(window, Ports(enrich=enrich))
    copy = await page.post("/paste", data={"content": "The port of Bergen was shut."})
    assert 'href="/events/orig"' in copy.text
    assert "<ins>shut</ins>" in (await page.get(f"{copy.url.path}?view=changes")).text
    add_to(window, build_page_event("newest"), written_ms=2_000_000_000_000)
    await page.post("/paste", data={"content": "Another text."})
    assert given == [["oldest", *given[0][1:]], ["newest"]]
    assert set(given[0]) == {"oldest", "orig", "copy"}


async def test_a_wrong_form_is_shown_again_with_the_reason(window: EventWindow) -> None:
    """A person sees what is wrong and keeps what was typed."""
    page = open_page(window, Ports(enrich=enrich_falsely))
    answer = await page.post("/paste", data={"content": "A text.", "url": "ftp://x"})
    assert answer.status_code == 422
    assert "url" in answer.text
    assert 'value="ftp://x"' in answer.text
    assert (await page.post("/paste", data={"content": "  "})).status_code == 422
    assert (await page.post("/paste", content=b"x" * (MAX_FORM_BYTES + 1))).status_code == 422
    assert (await page.post("/paste", content=b"&".join(b"a=1" for _ in range(50)))).status_code == 422


async def test_without_the_enrichment_the_form_says_so(window: EventWindow) -> None:
    """If the enrichment is not installed, the page says so and does not fail."""

    def fail(_: RawArticle, __: Sequence[bytes]) -> EnrichedArticle:
        raise ConfigurationError("onnxruntime is not installed")

    assert "not installed" in (await open_page(window).get("/paste")).text
    assert (await open_page(window).post("/paste", data={"content": "A text."})).status_code == 503
    answer = await open_page(window, Ports(enrich=fail)).post("/paste", data={"content": "A text."})
    assert answer.status_code == 503
    assert "onnxruntime" in answer.text


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        ("<!DOCTYPE html><p>A</p>", "", "text/html"),
        ("  \n<article>A</article>", "", "text/html"),
        ("A < B, he said.", "", "text/plain"),
        ("<html>", "text/plain", "text/plain"),
        ("A text.", "text/html", "text/html"),
    ],
)
def test_html_is_recognised(content: str, kind: str, expected: str) -> None:
    """A text that begins as markup does is HTML, unless the person says otherwise."""
    assert build_raw_article({"content": content, "kind": kind}).content_type == expected


async def test_a_form_keeps_every_character() -> None:
    """Letters of all scripts, plus signs and percent signs arrive as they were typed."""

    async def send() -> AsyncIterator[bytes]:
        yield b"content=%D8%A7+%2B+100%25"
        yield b"&title=&url=x"

    assert await read_form(send()) == {"content": "ا + 100%", "title": "", "url": "x"}
