"""The page answers on loopback names, escapes everything, and shows each view of an event."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence
from html.parser import HTMLParser

import httpx
import pytest

from services.contracts.event import EnrichedArticle, Incomplete
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.errors import ConfigurationError
from services.outcomes import Reason
from services.page.app import build_app, render_line
from services.page.pasted import MAX_FORM_BYTES, build_raw_article, read_form
from services.page.ports import Ports
from services.page.rendering import STATIC, safe_link
from services.page.stream import MAX_LINES, build_message, read_last_id, stream_events
from services.page.views.routing import ConditionView, RouteView, RoutingView
from services.page.views.summary import EventFilter
from services.page.window import EventWindow
from tests.support.page_events import HOSTILE, add_to, build_copy_verdict, build_page_event

BASE = "http://127.0.0.1:8090"
RAW = "Home | Sport\nThe port of Bergen was closed.\n\nAnna Berg was pleased.\nUpdated at noon"


class _Tags(HTMLParser):
    """Collector of the elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def read_tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(html)
    return parser.tags


def open_page(window: EventWindow, ports: Ports | None = None) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(build_app(window, ports or Ports(), "127.0.0.1:9092"))
    return httpx.AsyncClient(transport=transport, base_url=BASE, follow_redirects=True)


def enrich_falsely(raw: RawArticle, _: Sequence[bytes] = ()) -> EnrichedArticle:
    return build_page_event(derive_article_id(raw), body=raw.content, names=(), raw=raw.content)


@pytest.fixture
def window() -> EventWindow:
    window = EventWindow()
    add_to(window, build_page_event("orig", raw=RAW))
    add_to(
        window,
        build_page_event("copy", body="The port of Oslo was closed.", names=(), duplicate=build_copy_verdict("orig")),
    )
    window.add_route("orig", "shipping")
    return window


async def find_raw(_: EnrichedArticle) -> str | None:
    return RAW


async def test_each_view_of_an_event_is_shown(window: EventWindow) -> None:
    """Text, raw text, comparison and JSON are pages of their own."""
    page = open_page(window, Ports(find_raw_text=find_raw))
    assert "Anna Berg</bdi>" in (await page.get("/events/orig")).text
    raw = (await page.get("/events/orig?view=raw")).text
    assert 'data-rule="navigation"' in raw
    assert 'data-rule="update note, 95%"' in raw
    changes = (await page.get("/events/copy?view=changes")).text
    assert "<del>Bergen</del>" in changes
    assert "<ins>Oslo</ins>" in changes
    assert "&#34;verdict&#34;: &#34;near&#34;" in (await page.get("/events/copy?view=json")).text
    assert (await page.get("/events/orig?view=nonsense")).status_code == 200


async def test_what_is_missing_is_said(window: EventWindow) -> None:
    """A page says that the raw text, the original or the event is not there, and gives the id."""
    add_to(window, build_page_event("late", duplicate=build_copy_verdict("forgotten", "exact")))
    page = open_page(window)
    assert "not there any more" in (await page.get("/events/orig?view=raw")).text
    changes = (await page.get("/events/late?view=changes")).text
    assert 'href="/events/forgotten"' in changes
    gone = await page.get("/events/forgotten")
    assert gone.status_code == 404
    assert "forgotten" in gone.text
    assert (await page.get("/nowhere")).status_code == 404
    assert "nothing to compare" in (await page.get("/events/orig?view=changes")).text


async def test_routes_show_their_conditions(window: EventWindow) -> None:
    """Each route has its answer, and each condition its answer and the value that decided."""
    language = ConditionView("language: en", True, "the language is en")
    tree = ConditionView("all of these", True, parts=(language, ConditionView("sentiment: negative", None)))
    routes = (RouteView("shipping", True, tree, "Ships & ports"), RouteView("rest", False, language))
    view = RoutingView("3f9a", ("shipping",), False, routes)
    html = (await open_page(window, Ports(explain_routes=lambda _: view)).get("/events/orig")).text
    for expected in ("language: en</bdi>", "the language is en", "not known", "Ships &amp; ports", "rules 3f9a"):
        assert expected in html
    assert html.count("<details open") == 1
    assert "other rules" not in html
    window.add_route("orig", "harbour", "other-version")
    html = (await open_page(window, Ports(explain_routes=lambda _: view)).get("/events/orig")).text
    assert "other rules, other-version" in html


async def test_a_missing_part_has_its_reason(window: EventWindow) -> None:
    """Where sentiment or names are missing, the page says why, and not only that."""
    event = build_page_event("foreign", language="de", polarity=None, names=())
    missing = [Incomplete(part=part, reason=Reason.UNSUPPORTED_LANGUAGE) for part in ("entities", "sentiment")]
    enrichment = event.enrichment.model_copy(update={"incomplete": tuple(missing)})
    add_to(window, event.model_copy(update={"entities": None, "enrichment": enrichment}))
    html = (await open_page(window).get("/events/foreign")).text
    assert html.count("the models do not read this language") == 4


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
    path = re.findall(r'href="(/events/[^"]*)"', render_line(entry))[0]
    for html in (
        (await page.get("/")).text,
        (await page.get(path, params={"view": view})).text,
        (await page.get("/", params={"name": HOSTILE})).text,
    ):
        tags = read_tags(html)
        assert [attributes for tag, attributes in tags if tag == "script"] == [
            {"src": "/static/page.js", "defer": None}
        ]
        assert "img" not in {tag for tag, _ in tags}
        names = {name for _, attributes in tags for name in attributes}
        assert not {name for name in names if name.startswith("on") or name == "style"}
        assert not [
            value for _, attributes in tags for value in attributes.values() if (value or "").startswith("javascript:")
        ]
        assert "{{7*7}}" in html


async def test_every_answer_forbids_what_the_page_does_not_need(window: EventWindow) -> None:
    """The policy allows the page's own files alone, on pages, files, errors and refusals."""
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
    """A missing installation is an answer and no crash."""

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


async def test_records_that_are_no_events_are_counted(window: EventWindow) -> None:
    """A reader learns that the topic has records that the page cannot show."""
    assert "no events" not in (await open_page(window).get("/")).text
    window.unreadable = 3
    assert "3 records are no events" in (await open_page(window).get("/")).text


async def test_a_form_keeps_every_character() -> None:
    """Letters of all scripts, plus signs and percent signs arrive as they were typed."""

    async def send() -> AsyncIterator[bytes]:
        yield b"content=%D8%A7+%2B+100%25"
        yield b"&title=&url=x"

    assert await read_form(send()) == {"content": "ا + 100%", "title": "", "url": "x"}


async def test_the_stream_sends_lines_and_ends_with_the_window(window: EventWindow) -> None:
    """A reader gets the changes after its version as one message, and the stream ends when the page stops."""
    stream = stream_events(window, EventFilter(language="en"), 0, render_line)
    assert (await anext(stream)).startswith(b"retry:")
    message = (await anext(stream)).decode()
    kind, number, data = message.strip().split("\n")
    assert (kind, number) == ("event: articles", f"id: {window.version}")
    lines = json.loads(data.removeprefix("data: "))["lines"]
    assert [line["id"] for line in lines] == ["copy", "orig"]
    assert "Storm closes the port" in lines[0]["html"]
    window.close()
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


def test_a_busy_stream_sends_the_newest_lines() -> None:
    """More events than fit in a message are counted and left out."""
    window = EventWindow()
    for number in range(MAX_LINES + 5):
        add_to(window, build_page_event(f"id{number}"))
    message = build_message(window.list_changed(0, EventFilter()), window.version, render_line)
    data = json.loads(message.split(b"data: ")[1])
    assert (len(data["lines"]), data["skipped"]) == (MAX_LINES, 5)
    assert data["lines"][-1]["id"] == f"id{MAX_LINES + 4}"


@pytest.mark.parametrize(("header", "expected"), [("3", 3), ("99", 7), (None, 7), ("x", 7), ("٣", 7), ("9" * 400, 7)])
def test_a_reader_continues_where_it_was(header: str | None, expected: int) -> None:
    """The last id that a browser saw is its version, unless the page was restarted since."""
    assert read_last_id(header, 7) == expected


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "//x", "http://", "data:text/html,x", "http://[x"])
def test_only_web_addresses_become_links(url: str | None) -> None:
    """A link goes to http or https, whatever a producer wrote."""
    assert safe_link(url) is None


@pytest.mark.parametrize("query", ["?limit=1", "?limit=99999", "?limit=-1", "?limit=x", "?limit=٣"])
async def test_any_limit_is_answered(window: EventWindow, query: str) -> None:
    """A wrong number of lines is no error."""
    assert (await open_page(window).get(f"/{query}")).status_code == 200


def read_colours(scheme: str) -> dict[str, str]:
    light, dark = re.split(r"@media \(prefers-color-scheme: dark\)", (STATIC / "page.css").read_text(), maxsplit=1)
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", light if scheme == "light" else dark))


def measure_luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


PAIRS = [
    *((text, ground) for text in ("ink", "soft", "accent", "neg", "pos", "neu") for ground in ("paper", "card")),
    ("neg", "neg-tint"),
    ("pos", "pos-tint"),
    ("neu", "neu-tint"),
    ("ink", "neg-tint"),
    ("ink", "pos-tint"),
    ("ink", "neu-tint"),
    ("soft", "neu-tint"),
    ("cut", "cut-tint"),
    ("cut", "card"),
    ("paper", "ink"),
    ("paper", "accent"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_has_contrast(scheme: str, text: str, ground: str) -> None:
    """Each text colour has the contrast of WCAG 2.2, level AA (4.5 to 1), on each of its grounds."""
    colours = read_colours(scheme)
    high, low = sorted((measure_luminance(colours[text]), measure_luminance(colours[ground])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5
