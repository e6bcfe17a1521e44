"""The templates of the page. Every value is escaped, and a name that does not exist is an error."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from services import __version__
from services.contracts.event.words import VERDICTS
from services.contracts.media_topics import list_top
from services.contracts.stories.articles import describe_place, explain_story
from services.contracts.text.quantities import count_articles, write_count, write_likelihood
from services.page.views import words
from services.page.views.story_filter import ORDERS, SOURCES, STATUSES
from services.page.views.summary import SHOWN_NAMES

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "templates"
STATIC = FOLDER / "static"


@cache
def build_templates() -> Environment:
    """Return the templates with the functions that they call."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.globals.update(
        version=__version__,
        TYPES=words.TYPES,
        VERDICTS=VERDICTS,
        TOPICS=[topic.name for topic in list_top()],
        SIGNS=words.SIGNS,
        ACCESS=words.ACCESS,
        LANGUAGE_BASES=words.LANGUAGE_BASES,
        build_path=build_path,
        safe_link=safe_link,
        explain_verdict=words.explain_verdict,
        explain_story=explain_story,
        describe_place=describe_place,
        explain_novelty=words.explain_novelty,
        write_span=words.write_span,
        count_articles=count_articles,
        write_count=write_count,
        ORDERS=ORDERS,
        STATUSES=STATUSES,
        SOURCES=SOURCES,
        SHOWN_NAMES=SHOWN_NAMES,
        explain_missing=words.explain_missing,
    )
    templates.filters.update(
        slug=words.write_slug,
        time=words.write_time,
        moment=words.write_moment,
        clock=words.write_clock,
        resolved=words.write_resolved_time,
        likely=write_likelihood,
        percent=lambda share: f"{share:.0%}",
        count=lambda number: f"{number:,}",
    )
    return templates


def render_page(template: str, status: HTTPStatus = HTTPStatus.OK, /, **context: object) -> HTMLResponse:
    """Return the answer with a page."""
    return HTMLResponse(build_templates().get_template(template).render(context), status_code=status)


def build_path(folder: str, article_id: str) -> str:
    """Return the path of an event's page. An id from another producer may have any characters."""
    return f"/{folder}/{quote(article_id, safe='')}"


def safe_link(url: str | None) -> str | None:
    """Return the URL if a link may have it, else None: an event of another producer may have any text there."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None
