"""An enriched event as a panel on a terminal: its article, what was removed, and the reasons for its routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from services.cli.console.wording import describe_incomplete, describe_removed, describe_verdict
from services.contracts.event import Basis, Duplicate, EnrichedArticle, Entity, ResolvedTime, Sentiment, Topic
from services.contracts.text.opening import cut_opening

POLARITY_STYLES = {"negative": "red", "neutral": "", "positive": "green"}
VERDICT_STYLES = {"original": "green", "exact": "magenta", "near": "magenta", "update": "yellow", "excerpt": "magenta"}
BASES: dict[Basis, str] = {
    "metadata": "from metadata",
    "feed": "from the feed",
    "dateline": "from the dateline",
    "text": "from the text",
    "relative": "counted back",
    "fetched": "when fetched",
}
"""Where a time was found, in words."""
MAX_ENTITIES = 12
MAX_BODY_CHARACTERS = 150
LABEL_WIDTH = len("sentiment")

Routes = Sequence[str] | Mapping[str, str]
"""The routes of an event, or each route with the reason why the event takes it."""


def render_event(
    event: EnrichedArticle, routes: Routes = (), known: Mapping[str, EnrichedArticle] | None = None
) -> Panel:
    """Return a panel with headline, removed text, topics, names, sentiment, verdict with its evidence, and routes.

    `known` has other events by their id. The panel of a copy names the source of its original from there.
    """
    parts = Table.grid(padding=(0, 1), expand=True)
    parts.add_column(style="dim", width=LABEL_WIDTH)
    parts.add_column(ratio=1)
    for label, content in _list_parts(event, routes, known or {}):
        parts.add_row(label, content)
    headline = Text(event.article.headline or "(no headline)", style="bold")
    body = Padding(Text(cut_opening(event.article.body, MAX_BODY_CHARACTERS)), (0, 0, 1, 0))
    return Panel(
        Group(headline, _format_facts(event), body, parts), subtitle=Text(event.id, "dim"), subtitle_align="right"
    )


def _list_parts(
    event: EnrichedArticle, routes: Routes, known: Mapping[str, EnrichedArticle]
) -> list[tuple[str, RenderableType]]:
    parts: list[tuple[str, RenderableType]] = [("removed", Text(describe_removed(event.cleaning)))]
    if event.topics:
        parts.append(("topics", _format_topics(event.topics)))
    if event.entities:
        parts.append(("names", _build_names(event.entities)))
    if event.sentiment is not None:
        parts.append(("sentiment", _format_sentiment(event.sentiment)))
    parts.append(("verdict", _format_verdict(event.duplicate, known)))
    if routes:
        parts.append(("routes", _build_routes(routes)))
    missing = describe_incomplete(event)
    if missing:
        parts.append(("not done", Text(missing, style="yellow")))
    return parts


def _format_facts(event: EnrichedArticle) -> Text:
    article = event.article
    language = article.language
    parts = [
        article.source or "unknown source",
        f"language {language.code} {language.confidence:.2f}" if language.confidence else "language unknown",
        _format_time(article.published_at),
        f"{article.word_count} words",
    ]
    if article.byline:
        parts.append("by " + ", ".join(article.byline))
    if article.dateline is not None:
        filed = (article.dateline.place, article.dateline.date, article.dateline.agency)
        parts.append("dateline " + " / ".join(part for part in filed if part))
    return Text(" · ".join(parts), style="dim")


def _format_time(resolved: ResolvedTime | None) -> str:
    if resolved is None:
        return "time unknown"
    time_format = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}.get(resolved.precision, "%Y-%m-%d %H:%M UTC")
    return f"{resolved.value:{time_format}} ({BASES[resolved.basis]})"


def _format_topics(topics: Sequence[Topic]) -> Text:
    return Text(" · ".join(f"{topic.name} {topic.confidence:.2f}" for topic in topics))


def _format_sentiment(sentiment: Sentiment) -> Text:
    return Text(f"{sentiment.polarity} {sentiment.probability:.2f}", style=POLARITY_STYLES[sentiment.polarity])


def _build_names(entities: Sequence[Entity]) -> Table:
    """Build a table of the names, the most central ones first: type, name, mentions, sentiment."""
    names = Table.grid(padding=(0, 2, 0, 0))
    names.add_column(style="cyan")
    names.add_column()
    names.add_column(style="dim", justify="right")
    names.add_column()
    ranked = sorted(entities, key=lambda entity: -entity.salience)
    for entity in ranked[:MAX_ENTITIES]:
        count = f"×{len(entity.mentions)}"
        names.add_row(entity.type, Text(entity.name), count, _format_sentiment(entity.sentiment))
    if len(ranked) > MAX_ENTITIES:
        names.add_row("", Text(f"and {len(ranked) - MAX_ENTITIES} more", style="dim"), "", "")
    return names


def _format_verdict(duplicate: Duplicate, known: Mapping[str, EnrichedArticle]) -> Text:
    line = Text(duplicate.verdict, style=VERDICT_STYLES[duplicate.verdict])
    return line.append(describe_verdict(duplicate, known).removeprefix(duplicate.verdict), style="default")


def _build_routes(routes: Routes) -> RenderableType:
    if not isinstance(routes, Mapping):
        return Text(", ".join(sorted(routes)), style="cyan")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="cyan")
    table.add_column()
    for name, reason in routes.items():
        table.add_row(name, Text(reason))
    return table
