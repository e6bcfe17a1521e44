"""Articles that a person pasted: the form, and a bounded memory of the results."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from services.contracts.decoding import validate
from services.contracts.event import EnrichedArticle
from services.contracts.raw import MAX_CONTENT_CHARACTERS, RawArticle
from services.errors import PermanentError
from services.outcomes import Reason

MAX_FORM_BYTES = 3 * MAX_CONTENT_CHARACTERS
"""Largest form in bytes, 24 MiB: the longest article in plain English, and a third of it in a script whose characters
are encoded as nine bytes each."""
MAX_KEPT = 20
"""Pasted articles that are kept in memory, so that the views of their events can be opened."""
MAX_FIELDS = 10
MARKUP = ("<!doctype", "<html", "<head", "<body", "<article", "<main", "<div", "<p>", "<p ", "<?xml", "<!--", "<h1")
"""Beginnings of a text that is HTML."""


@dataclass(frozen=True, slots=True)
class PastedArticle:
    """A pasted article with its event."""

    event: EnrichedArticle
    raw_text: str


class PastedArticles:
    """The last pasted articles, by the ids of their events."""

    def __init__(self) -> None:
        self._articles: OrderedDict[str, PastedArticle] = OrderedDict()

    def add(self, article: PastedArticle) -> None:
        """Add an article; the oldest one makes room for it."""
        self._articles[article.event.id] = article
        self._articles.move_to_end(article.event.id)
        while len(self._articles) > MAX_KEPT:
            self._articles.popitem(last=False)

    def find(self, article_id: str) -> PastedArticle | None:
        """Return a pasted article, or None if it is not kept any more."""
        return self._articles.get(article_id)


async def read_form(chunks: AsyncIterator[bytes]) -> dict[str, str]:
    """Return the fields of a form as the browser sends it (application/x-www-form-urlencoded).

    Raises PermanentError (too_large, invalid_article).
    """
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise PermanentError(f"the form has more than {MAX_FORM_BYTES:,} bytes", reason=Reason.TOO_LARGE)
    try:
        pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise PermanentError(f"the form cannot be read: {error}", reason=Reason.INVALID_ARTICLE) from error
    return dict(pairs)


def build_raw_article(form: Mapping[str, str]) -> RawArticle:
    """Return the article of a form. Raises PermanentError, which names the wrong field."""
    # A browser sends each line end as two characters; the person's text has one.
    content = form.get("content", "").replace("\r\n", "\n")
    fields: dict[str, object] = {"content": content, "content_type": _choose_type(form.get("kind", ""), content)}
    for name in ("url", "title", "source", "language", "published_at"):
        if value := form.get(name, "").strip():
            fields[name] = value
    return validate(RawArticle, fields)


def _choose_type(kind: str, content: str) -> str:
    if kind in ("text/plain", "text/html"):
        return kind
    return "text/html" if content.lstrip("\ufeff \t\r\n").lower().startswith(MARKUP) else "text/plain"
