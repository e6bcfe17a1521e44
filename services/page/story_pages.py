"""The pages of stories: the list, which changes as stories do, and the articles of one story."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.contracts.stories.record import StoryRecord
from services.page.rendering import build_path, build_templates, render_page
from services.page.stream import Changed, Line, answer_stream
from services.page.views.list_length import find_more, read_limit
from services.page.views.story import view_story
from services.page.views.story_filter import StoryFilter
from services.page.windows.events import EventWindow

MAX_ARTICLES = 200
"""Articles of a story that its page shows, the newest ones."""


class StoryPages:
    """Handlers of the requests about stories."""

    def __init__(self, window: EventWindow, address: str) -> None:
        self._window = window
        self._stories = window.stories
        self._address = address
        """Kafka's address, for the reader."""

    async def show_list(self, request: Request) -> Response:
        """Show the stories that meet the filter, in its order."""
        chosen = StoryFilter.from_query(request.query_params)
        limit = read_limit(request.query_params.get("limit", ""))
        found = self._stories.list_stories(chosen, limit + 1)
        more = find_more(limit, len(found))
        return render_page(
            "stories.html",
            found=found[:limit],
            chosen=chosen,
            limit=limit,
            languages=self._stories.list_languages(),
            query=urlencode(chosen.given),
            seen=self._stories.changes.version,
            stories=self._stories,
            address=self._address,
            more=urlencode({**chosen.given, "limit": more}) if more else None,
        )

    async def stream(self, request: Request) -> Response:
        """Send the changes of the list as server-sent events."""
        chosen = StoryFilter.from_query(request.query_params)
        return answer_stream(
            request,
            self._stories.changes,
            lambda version: Changed(*self._stories.list_changed(version, chosen)),
            lambda record: describe_story(record, chosen),
        )

    async def show_story(self, request: Request) -> Response:
        """Show the articles of one story that are in memory. A merged story leads to the one that has its articles."""
        story_id = request.path_params["story_id"]
        current = self._stories.find_current(story_id)
        if current != story_id:
            return RedirectResponse(build_path("stories", current), status_code=HTTPStatus.SEE_OTHER)
        record = self._stories.find(story_id)
        entries = self._window.list_of_story(story_id, MAX_ARTICLES)
        if record is None and not entries:
            return render_page("story_gone.html", HTTPStatus.NOT_FOUND, story_id=story_id, stories=self._stories)
        view = view_story(story_id, record, [entry.read_event() for entry in entries])
        return render_page("story.html", story=view)


def describe_story(record: StoryRecord, chosen: StoryFilter) -> Line:
    """Return one line of the list, from the template that the whole page uses too."""
    html = build_templates().get_template("story_line.html").render(story=record, order=chosen.place(record))
    return {"id": record.id, "headline": record.headline or "", "html": html}
