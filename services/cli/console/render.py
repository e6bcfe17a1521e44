"""An enriched event as a panel on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from services.contracts.event import Duplicate, EnrichedArticle, Entity, ResolvedTime, Sentiment

POLARITY_STYLES = {"negative": "red", "neutral": "yellow", "positive": "green"}
VERDICT_STYLES = {"original": "green", "exact": "red", "near": "magenta", "update": "yellow", "excerpt": "magenta"}
MAX_ENTITIES = 12
MAX_BODY_CHARACTERS = 160


def render_event(event: EnrichedArticle, routes: Sequence[str] = ()) -> Panel:
    """Return a panel with headline, language, time, entities with types, sentiment, verdict and routes."""
    headline = Text(event.article.headline or "(no headline)", style="bold")
    lines: list[RenderableType] = [headline, _format_facts(event), _shorten_body(event.article.body)]
    if event.sentiment is not None:
        lines.append(Text.assemble(("sentiment  ", "dim"), _format_sentiment(event.sentiment)))
    lines.extend(_format_entities(event.entities))
    lines.append(_format_duplicate(event.duplicate))
    if event.enrichment.incomplete:
        missing = ", ".join(f"{item.part} ({item.reason})" for item in event.enrichment.incomplete)
        lines.append(Text.assemble(("left out   ", "dim"), (missing, "yellow")))
    if routes:
        lines.append(Text.assemble(("routes     ", "dim"), (", ".join(sorted(routes)), "cyan")))
    return Panel(Group(*lines), subtitle=Text(event.id, "dim"), subtitle_align="right")


def _format_facts(event: EnrichedArticle) -> Text:
    article = event.article
    parts = [
        article.source or "unknown source",
        f"{article.language.code} {article.language.confidence:.2f}",
        _format_time(article.published_at),
        f"{article.word_count} words",
    ]
    if article.byline:
        parts.append("by " + ", ".join(article.byline))
    if article.dateline is not None:
        filed = (article.dateline.place, article.dateline.date, article.dateline.agency)
        parts.append("filed " + " / ".join(part for part in filed if part))
    return Text(" · ".join(parts), style="dim")


def _format_time(resolved: ResolvedTime | None) -> str:
    if resolved is None:
        return "time unknown"
    time_format = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}.get(resolved.precision, "%Y-%m-%d %H:%M")
    return f"{resolved.value:{time_format}} ({resolved.basis})"


def _shorten_body(body: str) -> Text:
    text = " ".join(body.split())
    return Text(text if len(text) <= MAX_BODY_CHARACTERS else text[: MAX_BODY_CHARACTERS - 1] + "…")


def _format_sentiment(sentiment: Sentiment) -> Text:
    probability = getattr(sentiment, sentiment.polarity)
    return Text(f"{sentiment.polarity} {probability:.2f}", style=POLARITY_STYLES[sentiment.polarity])


def _format_entities(entities: Sequence[Entity] | None) -> list[Text]:
    if not entities:
        return []
    ranked = sorted(entities, key=lambda entity: -entity.salience)
    lines = []
    for entity in ranked[:MAX_ENTITIES]:
        line = Text.assemble((f"{entity.type:<5}", "cyan"), f"      {entity.name}", ("  ", ""))
        line.append(f"×{len(entity.mentions)}  salience {entity.salience:.2f}  ", style="dim")
        line.append_text(_format_sentiment(entity.sentiment))
        lines.append(line)
    if len(ranked) > MAX_ENTITIES:
        lines.append(Text(f"           and {len(ranked) - MAX_ENTITIES} more", style="dim"))
    return lines


def _format_duplicate(duplicate: Duplicate) -> Text:
    line = Text.assemble(("duplicate  ", "dim"), (duplicate.verdict, VERDICT_STYLES[duplicate.verdict]))
    if duplicate.duplicate_of is not None:
        line.append(f" of {duplicate.duplicate_of}, similarity {duplicate.similarity:.2f}")
    return line
