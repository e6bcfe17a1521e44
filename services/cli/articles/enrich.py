"""`copydesk enrich`: enrichment without Kafka. Raw articles in, one enriched event a line out."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from services.cli.articles.reading import describe_failure, name_place, validate_article
from services.cli.console.progress import print_error, results_console, show_progress
from services.cli.console.render import render_event
from services.contracts.event import Duplicate, EnrichedArticle
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.contracts.state.shard_map import choose_shard
from services.contracts.state.verdict_log import VerdictRecord
from services.enrichment.bootstrap import build_pipeline
from services.enrichment.matching import MatchIndex, judge_and_remember
from services.enrichment.options import EnrichmentOptions
from services.enrichment.pipeline import Pipeline, sign_article
from services.ingest.entries import Entry, UnreadableEntry


class LocalEnricher:
    """The work of annotate and match, on one article at a time, in this process."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._shards: defaultdict[int, MatchIndex] = defaultdict(MatchIndex)
        self._verdicts: dict[str, Duplicate] = {}

    def enrich(self, raw: RawArticle, arrived: datetime) -> EnrichedArticle:
        """Return the event that the stream would publish, without `origin`, which only Kafka can give.

        A repeated article gets the same event again; the stream would count it as `repeated` and publish nothing.
        """
        article_id = derive_article_id(raw)
        annotated = self._pipeline.annotate(raw, article_id=article_id, ingested_at=arrived)
        index = self._shards[choose_shard(annotated.article.language)]
        record = judge_and_remember(index, article_id, annotated.signature, int(arrived.timestamp() * 1000))
        if record is not None:
            self._verdicts[article_id] = record.duplicate
        return EnrichedArticle.from_annotated(annotated, self._verdicts[article_id], origin=None)

    def remember(self, event: EnrichedArticle) -> None:
        """Add an event of a stream, so that later articles are compared with it. A known id changes nothing.

        Raises PermanentError if the article cannot be compared.
        """
        article = event.article
        index = self._shards[choose_shard(article.language)]
        if index.is_known(event.id):
            return
        arrived_ms = int(article.ingested_at.timestamp() * 1000) if article.ingested_at else 0
        signature = sign_article(article)
        record = VerdictRecord(id=event.id, event_time_ms=arrived_ms, signature=signature, duplicate=event.duplicate)
        index.remember(record)
        self._verdicts[event.id] = event.duplicate


def build_enricher(options: EnrichmentOptions | None = None) -> LocalEnricher:
    """Return an enricher with its models loaded and an empty index. Raises ConfigurationError for wrong weights."""
    return LocalEnricher(build_pipeline(options or EnrichmentOptions()))


def enrich(articles: Iterable[Entry | UnreadableEntry], options: EnrichmentOptions, *, is_pretty: bool = False) -> int:
    """Print each event; return 1 if there was an article without one, which is reported on standard error, else 0."""
    return print_events(build_enricher(options), articles, is_pretty=is_pretty)


def print_events(
    enricher: LocalEnricher, articles: Iterable[Entry | UnreadableEntry], *, is_pretty: bool = False
) -> int:
    """Print each event as one line of JSON, or as a panel for people.

    An article that fails is reported, and the others still get their events.
    """
    failed = 0
    known: dict[str, EnrichedArticle] = {}
    with show_progress("enriching", is_shown=not is_pretty) as bar:
        for article in articles:
            event = _attempt(enricher, article)
            bar.advance()
            if event is None:
                failed += 1
            elif is_pretty:
                known[event.id] = event
                results_console.print(render_event(event, known=known))
            else:
                sys.stdout.buffer.write(event.to_bytes() + b"\n")
                sys.stdout.buffer.flush()
    return 1 if failed else 0


def _attempt(enricher: LocalEnricher, article: Entry | UnreadableEntry) -> EnrichedArticle | None:
    """Return an article's event; if there is none, report the reason on standard error and return None."""
    try:
        return enricher.enrich(validate_article(article), datetime.now(UTC).replace(microsecond=0))
    except Exception as error:  # noqa: BLE001 - an exception of one article is that article's failure, as in the service
        print_error(f"{name_place(article)}: {describe_failure(error)}")
    return None
