"""Dashboard for the news desk: how many articles come in and go out, how fresh they are, and what they are about."""

from __future__ import annotations

from services.reference.dashboards.panels import RANGE, WINDOW, Board, Panel, Row, panel, quantiles

GOOD, WARN, BAD = "green", "orange", "red"
PUBLISHED = 'copydesk_articles_total{stage="ingest", outcome="published"}'
ENRICHED = 'copydesk_articles_total{stage="match", outcome="enriched"}'
PER_MINUTE = "articles per minute"


def shares(title: str, metric: str, label: str, description: str = "", **options: object) -> Panel:
    """Build a panel with the shares of a counter's label values over time."""
    expression = f"sum by ({label}) (rate({metric}[{WINDOW}])) > 0"
    return panel(
        title, expression, f"{{{{{label}}}}}", kind="shares", unit="percentunit", description=description, **options
    )


DESK = Board(
    "copydesk-desk",
    "Copydesk: the desk",
    "How many articles come in and go out, how fresh they are, and what they are about.",
    (
        Row("Now", (
            panel("Published", f"sum(rate({PUBLISHED}[{WINDOW}])) * 60", kind="stat", width=4,
                description="Articles per minute that ingest published on the raw topic."),
            panel("Enriched", f"sum(rate({ENRICHED}[{WINDOW}])) * 60", kind="stat", width=4,
                description="Articles per minute on the enriched topic. Repeated articles are not sent again."),
            panel("Fresh within 1 s",
                f'sum(increase(copydesk_freshness_seconds_bucket{{stage="sink", le="1.0"}}[{RANGE}])) '
                f'/ sum(increase(copydesk_freshness_seconds_count{{stage="sink"}}[{RANGE}]))', kind="stat", width=4,
                unit="percentunit", limits=((0, BAD), (0.95, WARN), (0.99, GOOD)),
                description="Share of articles that were routed within 1 s after the append to the raw topic. "
                "The objective is 99 %."),
            panel("Duplicates", f'sum(increase(copydesk_verdicts_total{{verdict!="original"}}[{RANGE}])) '
                f"/ sum(increase(copydesk_verdicts_total[{RANGE}]))", kind="stat", width=4, unit="percentunit",
                description="Share of enriched articles that are copies of another article."),
            panel("Routed", f'sum(increase(copydesk_articles_total{{stage="sink", outcome="routed"}}[{RANGE}])) '
                f'/ sum(increase(copydesk_articles_total{{stage="sink"}}[{RANGE}]))', kind="stat", width=4,
                unit="percentunit", description="Share of articles that match at least one rule."),
            panel("Oldest waiting", "max(copydesk_consumer_lag_seconds)", kind="stat", width=4, unit="s",
                limits=((0, GOOD), (30, WARN), (300, BAD)),
                description="Age of the oldest waiting record, at any stage."),
        )),
        Row("In and out", (
            panel("In", f'sum by (outcome) (rate(copydesk_articles_total{{stage="ingest"}}[{WINDOW}])) * 60',
                "{{outcome}}", kind="stack", unit="short", description=f"Outcomes at ingest, in {PER_MINUTE}."),
            panel("Out",
                f'sum by (stage, outcome) (rate(copydesk_articles_total{{stage=~"match|sink"}}[{WINDOW}])) * 60',
                "{{stage}}: {{outcome}}", description=f"Outcomes at match and sink, in {PER_MINUTE}."),
            Panel("Freshness", quantiles("copydesk_freshness_seconds", "", '{stage="sink"}'), unit="s",
                  description="Time from the append to the raw topic until the article was routed."),
        )),
        Row("Content of the articles", (
            shares("Languages", "copydesk_languages_total", "language"),
            shares("Entities by type", "copydesk_entities_total", "type"),
            panel("Entities per article", f"sum by (type) (rate(copydesk_entities_total[{WINDOW}])) "
                f"/ on () group_left () sum(rate({ENRICHED}[{WINDOW}]))", "{{type}}", kind="lines",
                description="Average number of entities of each type in an article."),
            shares("Sentiment of articles", 'copydesk_sentiments_total{target="article"}', "polarity"),
            shares("Sentiment toward entities", 'copydesk_sentiments_total{target="entity"}', "polarity"),
            shares("Missing parts by reason", "copydesk_incomplete_total", "reason",
                "Reasons why parts of the enrichment are missing."),
        )),
        Row("Duplicates and routes", (
            shares("Verdicts", "copydesk_verdicts_total", "verdict"),
            panel("Routes", f"sum by (topic) (rate(copydesk_routed_total[{WINDOW}])) * 60", "{{topic}}",
                description="Events per minute on each route. An article can go to several routes."),
            panel("Events by route",
                f"sort_desc(sum by (topic) (increase(copydesk_routed_total[{RANGE}])))", "{{topic}}",
                kind="bars", description="Events on each route within the time shown."),
            panel("Rejected or deferred at ingest",
                f"sum by (reason) (increase(copydesk_rejections_total[{WINDOW}])) > 0",
                "{{reason}}", description="Articles and whole requests, by reason."),
            panel("Repeated", f'sum(rate(copydesk_articles_total{{stage="match", outcome="repeated"}}[{WINDOW}])) * 60',
                "repeated", description="Articles per minute whose id is already known. They are not sent again."),
            panel("From feeds", f"sum(rate(copydesk_feed_entries_published_total[{WINDOW}])) * 60", "entries",
                description="Entries of feeds published per minute."),
        )),
    ),
)  # fmt: skip
