"""The page of one event: its text with names, the raw text, the comparison with its original, the JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic_core import from_json, to_json

from services.contracts.event import EnrichedArticle
from services.contracts.stories.record import StoryRecord
from services.page.ports import Ports
from services.page.rendering import build_path, build_templates
from services.page.views.comparison import compare
from services.page.views.highlight import highlight_body, highlight_headline
from services.page.views.raw_text import view_raw_text

View = Literal["text", "raw", "changes", "json"]
VIEWS: tuple[View, ...] = get_args(View)


@dataclass(frozen=True, slots=True)
class ShownStory:
    """The story of an event as it is now."""

    id: str
    record: StoryRecord | None
    """Latest state, if the page has it."""

    @property
    def path(self) -> str:
        """Path of its page."""
        return build_path("stories", self.id)


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """An event that a person opened."""

    event: EnrichedArticle
    value: bytes
    """The event's JSON as the record has it."""
    folder: Literal["events", "pasted"]
    """First part of the path of its page: an event of the stream, or of a pasted article."""
    original: EnrichedArticle | None
    """The event with which this one was compared (`find_compared`), if it is in memory."""
    original_path: str
    """Path of the page of that event; empty if this one was compared with none."""
    routes: Sequence[str] = ()
    rules: str = ""
    """Version of the rules that chose the routes; empty if it is not known."""
    raw_text: str | None = None
    """The raw text, if it is known already."""
    story: ShownStory | None = None
    """The story of the event, if it has one."""

    @property
    def path(self) -> str:
        """Path of its page."""
        return build_path(self.folder, self.event.id)

    @property
    def is_pasted(self) -> bool:
        """True for a pasted article, which Kafka does not have."""
        return self.folder == "pasted"


def choose_view(name: str) -> View:
    """Return the view with a name; the text for an unknown name."""
    return next((view for view in VIEWS if view == name), "text")


async def render_event(shown: ShownEvent, view: View, ports: Ports) -> str:
    """Return the page of an event in one of its views."""
    context: dict[str, Any] = {
        "shown": shown,
        "event": shown.event,
        "view": view,
        "headline": highlight_headline(shown.event),
    }
    if view == "text":
        context["entities"] = sorted(shown.event.entities or (), key=lambda entity: -entity.salience)
        context["explained"] = ports.explain_routes(shown.event) if ports.explain_routes else None
        context["paragraphs"] = highlight_body(shown.event)
    elif view == "raw":
        raw = shown.raw_text
        if raw is None and ports.find_raw_text is not None:
            raw = await ports.find_raw_text(shown.event)
        context["raw"] = view_raw_text(raw, shown.event.cleaning) if raw is not None else None
    elif view == "changes":
        context["comparison"] = compare(shown.original, shown.event) if shown.original else None
    else:
        context["json"] = to_json(from_json(shown.value), indent=2).decode()
    return build_templates().get_template("event.html").render(context)


def find_compared(event: EnrichedArticle) -> str | None:
    """Return the id of the article with which an event was compared: its original, or the most similar one."""
    evidence = event.duplicate.evidence
    return event.duplicate.duplicate_of or (evidence.similar_to if evidence else None)
