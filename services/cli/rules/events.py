"""Events to judge by the rules: read as they are, or made from raw articles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from services.cli.articles.reading import describe_failure, name_place, validate_article
from services.contracts.decoding import validate
from services.contracts.event import AnnotatedArticle, Duplicate, EnrichedArticle, Verdict
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.ingest.entries import Entry, UnreadableEntry

if TYPE_CHECKING:
    from services.enrichment.pipeline import Pipeline

Annotate = Callable[[RawArticle], AnnotatedArticle]
EVENT_PARTS = ("article", "duplicate")
"""Objects that an event has and a raw article has not."""


@dataclass(frozen=True, slots=True)
class PlacedEvent:
    """An event and where it comes from."""

    place: str
    """File and line."""
    event: EnrichedArticle | None
    error: str | None = None
    """Why there is no event; None if there is one."""


def load_annotate(environ: Mapping[str, str]) -> Annotate:
    """Return the enrichment of one article, with annotate's settings. The first article loads the models."""
    from services.processor.annotate.settings import AnnotateSettings
    from services.runtime.service.settings import load_section

    options = load_section(AnnotateSettings, "annotate", environ).enrichment
    arrived = datetime.now(UTC).replace(microsecond=0)

    @cache
    def load() -> Pipeline:
        from services.enrichment.bootstrap import build_pipeline

        return build_pipeline(options)

    def annotate(raw: RawArticle) -> AnnotatedArticle:
        return load().annotate(raw, article_id=derive_article_id(raw), ingested_at=arrived)

    return annotate


def read_events(
    articles: Iterable[Entry | UnreadableEntry], annotate: Annotate, verdict: Verdict
) -> Iterator[PlacedEvent]:
    """Yield an event for each article or event of the files, or the reason why there is none.

    An event has its own verdict. A raw article is enriched and gets the given one, because whether it is a copy of
    another file does not show what it would be in the stream.
    """
    for article in articles:
        place = name_place(article)
        try:
            yield PlacedEvent(place, _read_event(article, annotate, verdict))
        except Exception as error:  # noqa: BLE001 - an exception of one article is that article's failure
            yield PlacedEvent(place, None, describe_failure(error))


def enrich(raw: RawArticle, annotate: Annotate, verdict: Verdict) -> EnrichedArticle:
    """Return the event of a raw article with a verdict."""
    return EnrichedArticle.from_annotated(annotate(raw), Duplicate(verdict=verdict), origin=None)


def _read_event(article: Entry | UnreadableEntry, annotate: Annotate, verdict: Verdict) -> EnrichedArticle:
    document = article.document
    if document is not None and all(isinstance(document.get(part), dict) for part in EVENT_PARTS):
        return validate(EnrichedArticle, document)
    return enrich(validate_article(article), annotate, verdict)
