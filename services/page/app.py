"""The web application of the page. It only reads; its form enriches an article in this process and sends it nowhere."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from services.contracts.event import EnrichedArticle
from services.errors import CopydeskError, PermanentError
from services.page.event_page import ShownEvent, choose_view, find_compared, render_event
from services.page.pasted import PastedArticle, PastedArticles, build_raw_article, read_form
from services.page.ports import Ports
from services.page.rendering import STATIC, build_path, build_templates
from services.page.security import PageGuard
from services.page.stream import read_last_id, stream_events
from services.page.views.summary import EventFilter
from services.page.windows.events import Entry, EventWindow

LINES = 40
"""Events that the stream shows at first."""
MAX_LINES = 400
"""Events that the stream shows at most, on one page."""
LIMIT = re.compile("[0-9]{1,6}")
"""Form of a number of lines in a URL. Any other text means LINES."""


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
        limit = _read_limit(request.query_params.get("limit", ""))
        entries = self._window.list_newest(chosen, limit + 1)
        languages, routes = self._window.list_values()
        return self._render(
            "stream.html",
            entries=entries[:limit],
            chosen=chosen,
            languages=languages,
            routes=routes,
            query=urlencode(chosen.given),
            version=self._window.version,
            window=self._window,
            address=self._address,
            more=urlencode({**chosen.given, "limit": min(MAX_LINES, limit * 3)})
            if len(entries) > limit < MAX_LINES
            else None,
        )

    async def stream(self, request: Request) -> Response:
        """Send the changes of the stream as server-sent events."""
        chosen = EventFilter.from_query(request.query_params)
        seen = request.headers.get("last-event-id") or request.query_params.get("after")
        after = read_last_id(seen, self._window.version)
        events = stream_events(self._window, chosen, after, render_line)
        return StreamingResponse(events, media_type="text/event-stream")

    async def show_event(self, request: Request) -> Response:
        """Show one event of the window."""
        article_id = request.path_params["article_id"]
        entry = self._window.find(article_id)
        if entry is None:
            return self._show_gone(article_id)
        event = entry.read_event()
        original, path = self._find_original(event)
        shown = ShownEvent(event, entry.value, "events", original, path, entry.routes, entry.rules)
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

    async def _show(self, shown: ShownEvent, request: Request) -> Response:
        view = choose_view(request.query_params.get("view", ""))
        return HTMLResponse(await render_event(shown, view, self._ports))

    def _show_gone(self, article_id: str) -> Response:
        return self._render("gone.html", status=HTTPStatus.NOT_FOUND, article_id=article_id, window=self._window)

    def _render_form(self, form: dict[str, str], fault: str | None, status: HTTPStatus) -> Response:
        can_enrich = self._ports.enrich is not None
        return self._render("paste.html", status=status, form=form, fault=fault, can_enrich=can_enrich)

    async def _enrich_form(self, form: dict[str, str]) -> PastedArticle:
        raw = build_raw_article(form)
        enrich = self._ports.enrich
        if enrich is None:
            raise CopydeskError("the enrichment is not installed here; run: pip install 'copydesk[all]'")
        async with self._enriching:
            news = sorted(self._window.list_changed(self._compared, EventFilter()), key=lambda entry: entry.written_ms)
            self._compared = self._window.version
            event = await asyncio.to_thread(enrich, raw, [entry.value for entry in news])
        return PastedArticle(event, raw.content)

    def _render(self, template: str, *, status: HTTPStatus = HTTPStatus.OK, **context: object) -> Response:
        return HTMLResponse(build_templates().get_template(template).render(context), status_code=status)


def build_app(window: EventWindow, ports: Ports, address: str) -> Starlette:
    """Build the application. `address` is Kafka's address, which the page shows."""
    page = Page(window, ports, address)
    return Starlette(
        routes=[
            Route("/", page.show_stream),
            Route("/stream", page.stream),
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


def render_line(entry: Entry) -> str:
    """Return one line of the stream as HTML, from the template that the whole page uses too."""
    return build_templates().get_template("line.html").render(entry=entry)


async def _answer_ready(_: Request) -> Response:
    return PlainTextResponse("ready\n")


async def _show_fault(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    return HTMLResponse(build_templates().get_template("fault.html").render(status=HTTPStatus(status)), status)


def _read_limit(text: str) -> int:
    limit = int(text) if LIMIT.fullmatch(text) else LINES
    return min(MAX_LINES, max(1, limit))
