"""The desk's dashboard: what goes in and out, how fresh it is, and what it is about."""

from __future__ import annotations

from services.reference.dashboards.panels import RANGE, WINDOW, Board, Panel, Row, one, quantiles

GOOD, WARN, BAD = "green", "orange", "red"
PUBLISHED = 'copydesk_articles_total{stage="ingest", outcome="published"}'
ENRICHED = 'copydesk_articles_total{stage="match", outcome="enriched"}'
PER_MINUTE = "articles a minute"


def mix(title: str, metric: str, label: str, description: str = "", **options: object) -> Panel:
    """The shares of a counter's labels over time."""
    expression = f"sum by ({label}) (rate({metric}[{WINDOW}])) > 0"
    return one(
        title, expression, f"{{{{{label}}}}}", kind="shares", unit="percentunit", description=description, **options
    )


DESK = Board(
    "copydesk-desk",
    "Copydesk: the desk",
    "What goes in and out, how fresh it is, and what it is about.",
    (
        Row("Now", (
            one("Published", f"sum(rate({PUBLISHED}[{WINDOW}])) * 60", kind="stat", width=4,
                description="Articles a minute that ingest put on the raw topic."),
            one("Enriched", f"sum(rate({ENRICHED}[{WINDOW}])) * 60", kind="stat", width=4,
                description="Articles a minute on the enriched topic; repeated ones are not sent again."),
            one("Fresh within 1 s",
                f'sum(increase(copydesk_freshness_seconds_bucket{{stage="sink", le="1.0"}}[{RANGE}])) '
                f'/ sum(increase(copydesk_freshness_seconds_count{{stage="sink"}}[{RANGE}]))', kind="stat", width=4,
                unit="percentunit", limits=((0, BAD), (0.95, WARN), (0.99, GOOD)),
                description="Share of articles routed within a second of the raw topic's append. Objective: 99 %."),
            one("Duplicates", f'sum(increase(copydesk_verdicts_total{{verdict!="original"}}[{RANGE}])) '
                f"/ sum(increase(copydesk_verdicts_total[{RANGE}]))", kind="stat", width=4, unit="percentunit",
                description="Share of enriched articles that are copies of another one."),
            one("On a route", f'sum(increase(copydesk_articles_total{{stage="sink", outcome="routed"}}[{RANGE}])) '
                f'/ sum(increase(copydesk_articles_total{{stage="sink"}}[{RANGE}]))', kind="stat", width=4,
                unit="percentunit", description="Share of articles that at least one rule takes."),
            one("Oldest waiting", "max(copydesk_consumer_lag_seconds)", kind="stat", width=4, unit="s",
                limits=((0, GOOD), (30, WARN), (300, BAD)), description="At any stage."),
        )),
        Row("In and out", (
            one("In", f'sum by (outcome) (rate(copydesk_articles_total{{stage="ingest"}}[{WINDOW}])) * 60',
                "{{outcome}}", kind="stack", unit="short", description=f"At ingest, {PER_MINUTE}."),
            one("Out", f'sum by (stage, outcome) (rate(copydesk_articles_total{{stage=~"match|sink"}}[{WINDOW}])) * 60',
                "{{stage}}: {{outcome}}", description=f"{PER_MINUTE.capitalize()}, by the one outcome of each."),
            Panel("Freshness", quantiles("copydesk_freshness_seconds", "", '{stage="sink"}'), unit="s",
                  description="From the raw topic's append until routed."),
        )),
        Row("What it is about", (
            mix("Languages", "copydesk_languages_total", "language"),
            mix("Entities by type", "copydesk_entities_total", "type"),
            one("Entities an article", f"sum by (type) (rate(copydesk_entities_total[{WINDOW}])) "
                f"/ on () group_left () sum(rate({ENRICHED}[{WINDOW}]))", "{{type}}", kind="lines",
                description="How many of each type an article names on average."),
            mix("Sentiment of articles", 'copydesk_sentiments_total{target="article"}', "polarity"),
            mix("Sentiment toward entities", 'copydesk_sentiments_total{target="entity"}', "polarity"),
            mix("Not looked for", "copydesk_incomplete_total", "reason",
                "Why parts of the enrichment are missing."),
        )),
        Row("Copies and routes", (
            mix("Verdicts", "copydesk_verdicts_total", "verdict"),
            one("Routes", f"sum by (topic) (rate(copydesk_routed_total[{WINDOW}])) * 60", "{{topic}}",
                description="Events a minute; an article can take several routes."),
            one("Routed in this time",
                f"sort_desc(sum by (topic) (increase(copydesk_routed_total[{RANGE}])))", "{{topic}}",
                kind="bars", description="Events on each route."),
            one("Refused at the edge", f"sum by (reason) (increase(copydesk_rejections_total[{WINDOW}])) > 0",
                "{{reason}}", description="Articles and whole requests, by reason."),
            one("Repeated", f'sum(rate(copydesk_articles_total{{stage="match", outcome="repeated"}}[{WINDOW}])) * 60',
                "repeated", description="Articles a minute that came before under the same id; not sent again."),
            one("From feeds", f"sum(rate(copydesk_feed_entries_published_total[{WINDOW}])) * 60", "entries",
                description="Entries of feeds published a minute."),
        )),
    ),
)  # fmt: skip
