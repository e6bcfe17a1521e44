"""The web application of the page. It only reads; its form enriches an article in this process and sends it nowhere."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from services.contracts.event import EnrichedArticle
from services.errors import CopydeskError, PermanentError
from services.page.event_page import ShownEvent, ShownStory, choose_view, find_compared, render_event
from services.page.pasted import PastedArticle, PastedArticles, build_raw_article, read_form
from services.page.ports import Ports
from services.page.rendering import STATIC, build_path, build_templates, render_page
from services.page.security import PageGuard
from services.page.story_pages import StoryPages
from services.page.stream import Changed, Line, answer_stream
from services.page.views.list_length import find_more, read_limit
from services.page.views.summary import EventFilter
from services.page.windows.events import Entry, EventWindow


class Page:
    """Handlers of the page's requests."""

    def __init__(self, window: EventWindow, ports: Ports, address: str) -> None:
        self._window = window
        self._ports = ports
        self._address = address
        """Kafka's address, for the reader."""
        self._pasted = PastedArticles()
        self._enriching = asyncio.Lock()
        self._compared = 0
        """Version of the window whose events the enrichment knows already."""

    async def show_stream(self, request: Request) -> Response:
        """Show the newest events that meet the filter."""
        chosen = EventFilter.from_query(request.query_params)
        limit = read_limit(request.query_params.get("limit", ""))
        entries = self._window.list_newest(chosen, limit + 1)
        languages, routes = self._window.list_values()
        more = find_more(limit, len(entries))
        return render_page(
            "stream.html",
            entries=entries[:limit],
            chosen=chosen,
            languages=languages,
            routes=routes,
            query=urlencode(chosen.given),
            seen=self._window.changes.version,
            window=self._window,
            story=self._window.stories.find(self._window.stories.find_current(chosen.story)),
            address=self._address,
            more=urlencode({**chosen.given, "limit": more}) if more else None,
        )

    async def stream(self, request: Request) -> Response:
        """Send the changes of the stream as server-sent events."""
        chosen = EventFilter.from_query(request.query_params)
        return answer_stream(
            request,
            self._window.changes,
            lambda version: Changed(self._window.list_changed(version, chosen)),
            describe_entry,
        )

    async def show_event(self, request: Request) -> Response:
        """Show one event of the window."""
        article_id = request.path_params["article_id"]
        entry = self._window.find(article_id)
        if entry is None:
            return self._show_gone(article_id)
        event = entry.read_event()
        original, path = self._find_original(event)
        story = self._find_story(event)
        shown = ShownEvent(event, entry.value, "events", original, path, entry.routes, entry.rules, story=story)
        return await self._show(shown, request)

    async def show_form(self, _: Request) -> Response:
        """Show the form for an article."""
        return self._render_form({}, None, HTTPStatus.OK)

    async def enrich(self, request: Request) -> Response:
        """Enrich a pasted article and redirect to its event."""
        form: dict[str, str] = {}
        try:
            form = await read_form(request.stream())
            pasted = await self._enrich_form(form)
        except CopydeskError as error:
            is_bad = isinstance(error, PermanentError)
            status = HTTPStatus.UNPROCESSABLE_ENTITY if is_bad else HTTPStatus.SERVICE_UNAVAILABLE
            return self._render_form(form, str(error), status)
        self._pasted.add(pasted)
        return RedirectResponse(build_path("pasted", pasted.event.id), status_code=HTTPStatus.SEE_OTHER)

    async def show_pasted(self, request: Request) -> Response:
        """Show the event of a pasted article."""
        article_id = request.path_params["article_id"]
        pasted = self._pasted.find(article_id)
        if pasted is None:
            return self._show_gone(article_id)
        original, path = self._find_original(pasted.event)
        value = pasted.event.to_bytes()
        shown = ShownEvent(pasted.event, value, "pasted", original, path, raw_text=pasted.raw_text)
        return await self._show(shown, request)

    def _find_original(self, event: EnrichedArticle) -> tuple[EnrichedArticle | None, str]:
        """Return the event with which an event was compared, if it is in memory, and the path of its page."""
        article_id = find_compared(event)
        if article_id is None:
            return None, ""
        entry, pasted = self._window.find(article_id), self._pasted.find(article_id)
        if entry is None and pasted is not None:
            return pasted.event, build_path("pasted", article_id)
        return entry.read_event() if entry else None, build_path("events", article_id)

    def _find_story(self, event: EnrichedArticle) -> ShownStory | None:
        """Return the story that has the articles of an event's story now."""
        if event.story is None:
            return None
        current = self._window.stories.find_current(event.story.id)
        return ShownStory(current, self._window.stories.find(current))

    async def _show(self, shown: ShownEvent, request: Request) -> Response:
        view = choose_view(request.query_params.get("view", ""))
        return HTMLResponse(await render_event(shown, view, self._ports))

    def _show_gone(self, article_id: str) -> Response:
        return render_page("gone.html", HTTPStatus.NOT_FOUND, article_id=article_id, window=self._window)

    def _render_form(self, form: dict[str, str], fault: str | None, status: HTTPStatus) -> Response:
        can_enrich = self._ports.enrich is not None
        return render_page("paste.html", status, form=form, fault=fault, can_enrich=can_enrich)

    async def _enrich_form(self, form: dict[str, str]) -> PastedArticle:
        raw = build_raw_article(form)
        enrich = self._ports.enrich
        if enrich is None:
            raise CopydeskError("the enrichment is not installed here; run: pip install 'copydesk[all]'")
        async with self._enriching:
            news = sorted(self._window.list_changed(self._compared, EventFilter()), key=lambda entry: entry.written_ms)
            self._compared = self._window.changes.version
            event = await asyncio.to_thread(enrich, raw, [entry.value for entry in news])
        return PastedArticle(event, raw.content)


def build_app(window: EventWindow, ports: Ports, address: str) -> Starlette:
    """Build the application. `address` is Kafka's address, which the page shows."""
    page, stories = Page(window, ports, address), StoryPages(window, address)
    return Starlette(
        routes=[
            Route("/", page.show_stream),
            Route("/stream", page.stream),
            Route("/stories", stories.show_list),
            Route("/stories/stream", stories.stream),
            Route("/stories/{story_id:path}", stories.show_story),
            Route("/events/{article_id:path}", page.show_event),
            Route("/paste", page.show_form, methods=["GET"]),
            Route("/paste", page.enrich, methods=["POST"]),
            Route("/pasted/{article_id:path}", page.show_pasted),
            Route("/ready", _answer_ready),
            Route("/live", _answer_ready),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(PageGuard)],
        exception_handlers={HTTPException: _show_fault},
    )


def describe_entry(entry: Entry) -> Line:
    """Return one line of the stream, from the template that the whole page uses too."""
    html = build_templates().get_template("line.html").render(entry=entry)
    return {"id": entry.id, "headline": entry.summary.headline or "", "html": html}


async def _answer_ready(_: Request) -> Response:
    return PlainTextResponse("ready\n")


async def _show_fault(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    return render_page("fault.html", HTTPStatus(status), status=HTTPStatus(status))
