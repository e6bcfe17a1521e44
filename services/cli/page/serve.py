"""Composition of the page: Kafka's settings, the enrichment of pasted articles, and the routing rules."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from services.cli.addresses import PAGE_PORT
from services.cli.console.progress import results_console
from services.cli.kafka.connection import read_layout
from services.cli.page.explain import RoutingExplainer
from services.contracts.event import EnrichedArticle
from services.contracts.raw import RawArticle
from services.contracts.topics import TopicLayout
from services.embedded.ports import find_free_port
from services.errors import ConfigurationError, CopydeskError
from services.page.ports import EnrichArticle, ExplainRoutes
from services.page.service import run_page
from services.processor.annotate.settings import AnnotateSettings
from services.runtime.service.logs import configure_logging
from services.runtime.service.settings import KafkaSettings, TelemetrySettings, load_section

if TYPE_CHECKING:
    from services.cli.articles.enrich import LocalEnricher


def serve_page(environ: Mapping[str, str], kafka: KafkaSettings, *, port: int | None, rules: Path | None) -> int:
    """Serve the page until Ctrl-C or SIGTERM; return the exit code.

    Raises ConfigurationError for wrong settings or rules or a port in use, TransientError if Kafka does not answer.
    """
    # The client's warnings about a lost broker are the only lines that a reader of the page needs.
    configure_logging(TelemetrySettings(log_level="warning"), "page")
    explain = RoutingExplainer(rules).explain if rules else None
    chosen = port if port is not None else find_free_port(preferred=PAGE_PORT)
    asyncio.run(_run(kafka, read_layout(environ), chosen, build_enrichment(environ), explain))
    return 0


def build_enrichment(environ: Mapping[str, str]) -> EnrichArticle:
    """Return the enrichment of pasted articles, with annotate's settings. The first article loads the models."""
    options = load_section(AnnotateSettings, "annotate", environ).enrichment

    @cache
    def load() -> LocalEnricher:
        try:
            # The page must start where the libraries of the enrichment are not installed.
            from services.cli.articles.enrich import build_enricher
        except ModuleNotFoundError as error:
            raise ConfigurationError(f"{error.name} is not installed; run: pip install 'copydesk[all]'") from error
        return build_enricher(options)

    def enrich(raw: RawArticle, events: Sequence[bytes]) -> EnrichedArticle:
        enricher = load()
        for value in events:
            # An event that cannot be compared is no reason to refuse the article.
            with suppress(CopydeskError, ValidationError):
                enricher.remember(EnrichedArticle.model_validate_json(value))
        return enricher.enrich(raw, datetime.now(UTC).replace(microsecond=0))

    return enrich


async def _run(
    kafka: KafkaSettings, layout: TopicLayout, port: int, enrich: EnrichArticle, explain_routes: ExplainRoutes | None
) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)

    def report(url: str) -> None:
        results_console.print(f"page  {url}", soft_wrap=True)
        results_console.print("Ctrl-C stops it.", style="dim")

    await run_page(kafka, layout, port, stopping, enrich=enrich, explain_routes=explain_routes, report=report)
