"""Dashboard for the news desk: how many articles come in and go out, how fresh they are, and what they are about."""

from __future__ import annotations

from services.reference.dashboards.colours import BAD, GOOD, WARN
from services.reference.dashboards.expressions import CPU, PER_MINUTE, REJECTIONS
from services.reference.dashboards.panels import RANGE, WINDOW, Board, Panel, Query, Row, panel, quantiles

PUBLISHED = 'copydesk_articles_total{stage="ingest", outcome="published"}'
ENRICHED = 'copydesk_articles_total{stage="match", outcome="enriched"}'

STORY_CHANGES = tuple(
    Query(f"sum(rate({metric}[{WINDOW}])) * 60", legend)
    for metric, legend in (
        ('copydesk_story_articles_total{place="opened"}', "opened"),
        ("copydesk_story_merges_total", "merged"),
        ("copydesk_stories_closed_total", "closed"),
    )
)
"""Stories that open, are merged and end, per minute."""


def shares(title: str, metric: str, label: str, description: str = "", **options: object) -> Panel:
    """Build a panel with the shares of a counter's label values over time."""
    expression = f"sum by ({label}) (rate({metric}[{WINDOW}])) > 0"
    return panel(
        title, expression, f"{{{{{label}}}}}", kind="shares", unit="percentunit", description=description, **options
    )


def outcomes(title: str, stage: str, description: str) -> Panel:
    """Build a panel with the outcomes of the articles at one stage."""
    expression = f'sum by (outcome) (rate(copydesk_articles_total{{stage="{stage}"}}[{WINDOW}])) * 60'
    return panel(title, expression, "{{outcome}}", kind="stack", axis=PER_MINUTE, description=description)


DESK = Board(
    "copydesk-desk",
    "Copydesk: the desk",
    "How many articles come in and go out, how fresh they are, and what they are about.",
    (
        Row("Now", (
            panel("Articles in, per minute", f"sum(rate({PUBLISHED}[{WINDOW}])) * 60", kind="stat", width=4,
                description="Articles that ingest published on the raw topic."),
            panel("Events out, per minute", f"sum(rate({ENRICHED}[{WINDOW}])) * 60", kind="stat", width=4,
                description="Events on the enriched topic. A repeated article is not sent again."),
            panel("Routed within one second",
                f'sum(increase(copydesk_freshness_seconds_bucket{{stage="sink", le="1.0"}}[{RANGE}])) '
                f'/ sum(increase(copydesk_freshness_seconds_count{{stage="sink"}}[{RANGE}]))', kind="stat", width=4,
                unit="percentunit", limits=((0, BAD), (0.95, WARN), (0.99, GOOD)),
                description="Share of the articles, within the time shown, that were routed within a second after they "
                "arrived on the raw topic. The objective is 99 %."),
            panel("Copies", f'sum(increase(copydesk_verdicts_total{{verdict!="original"}}[{RANGE}])) '
                f"/ sum(increase(copydesk_verdicts_total[{RANGE}]))", kind="stat", width=4, unit="percentunit",
                description="Share of the events, within the time shown, that are copies of another article."),
            panel("Matched by a rule",
                f'sum(increase(copydesk_articles_total{{stage="sink", outcome="routed"}}[{RANGE}])) '
                f'/ sum(increase(copydesk_articles_total{{stage="sink"}}[{RANGE}]))', kind="stat", width=4,
                unit="percentunit",
                description="Share of the events, within the time shown, that a rule matched. The others took the "
                "default route, if there is one."),
            panel("Longest wait", "max(copydesk_consumer_lag_seconds)", kind="stat", width=4, unit="s",
                limits=((0, GOOD), (30, WARN), (300, BAD)),
                description="Age of the oldest record that waits, at any stage."),
        )),
        Row("In and out", (
            outcomes("Arrived", "ingest", "Articles at ingest: published on the raw topic, or rejected."),
            outcomes("Enriched", "match", "Articles at match. A repeated one has an id that is known already."),
            outcomes("Routed", "sink", "Events at sink. An unmatched one took the default route or none."),
            Panel("Time from arrival to route", quantiles("copydesk_freshness_seconds", "", '{stage="sink"}'), unit="s",
                  width=12, description="Time from the append to the raw topic until the event was on its routes."),
            panel("Refused or put off", REJECTIONS,
                "{{reason}}", kind="stack", axis=PER_MINUTE, width=12,
                description="Articles and whole requests at ingest, by reason. After overloaded and "
                "broker_unavailable the sender sends again."),
        )),
        Row("What the articles are about", (
            shares("Languages", "copydesk_languages_total", "language", "Share of the events."),
            shares("Topics", "copydesk_main_topics_total", "subject", "Share of the events whose topics were looked "
                "for, by main topic. none: no topic is sure enough.", width=16),
            shares("Bad and good news", 'copydesk_sentiments_total{target="article"}', "polarity",
                "Share of the articles whose sentiment is known."),
            shares("Attitude toward names", 'copydesk_sentiments_total{target="entity"}', "polarity",
                "Share of the names in the articles."),
            shares("Types of names", "copydesk_entities_total", "type", "Share of the names in the articles."),
            panel("Names in an article", f"sum by (type) (rate(copydesk_entities_total[{WINDOW}])) "
                f"/ on () group_left () sum(rate({ENRICHED}[{WINDOW}]))", "{{type}}", kind="stack",
                axis="names per article", description="Average number of names in an article, by type."),
            shares("Reasons for missing parts", "copydesk_incomplete_total", "reason",
                "Share of the parts of the enrichment that are missing.", width=16),
        )),
        Row("Stories", (
            panel("Open stories", "sum(copydesk_stories_open_count)", "stories", axis="stories",
                description="Stories that articles may still join."),
            Panel("Stories that open, merge and end", STORY_CHANGES, axis="stories per minute",
                description="A merged story is one whose articles belong to another story now."),
            panel("Age of stories that end, 95 of 100",
                f"histogram_quantile(0.95, sum by (le) (rate(copydesk_story_age_seconds_bucket[{WINDOW}])))",
                "95 of 100", unit="s", description="Time from the first to the latest article of stories that end. "
                "Stories with one article are left out."),
            shares("How articles come to stories", "copydesk_story_articles_total", "place",
                "Share of the events: opened a new story, joined one in other words, or copied an article of one."),
            panel("Articles of a story", f"sum(rate(copydesk_story_articles_total[{WINDOW}])) "
                f'/ sum(rate(copydesk_story_articles_total{{place="opened"}}[{WINDOW}]))', "articles",
                axis="articles per story", description="Articles for each story that opens."),
            shares("How new names are", "copydesk_entity_novelty_total", "novelty",
                "Share of the names in the articles: no article of the last seven days has it, none of the same story "
                "has it, or it is known in the story."),
        )),
        Row("Copies and routes", (
            shares("Verdicts", "copydesk_verdicts_total", "verdict", "Share of the events."),
            panel("Events on each route", f"sum by (topic) (rate(copydesk_routed_total[{WINDOW}])) * 60", "{{topic}}",
                axis="events per minute", description="An event can take several routes."),
            panel("Events on each route, in all",
                f"sort_desc(sum by (topic) (increase(copydesk_routed_total[{RANGE}])))", "{{topic}}",
                kind="bars", description="Number of events within the time shown."),
        )),
        Row("Cost", (
            panel("CPU time for an article", f"{CPU} / on () group_left () sum(rate({ENRICHED}[{WINDOW}]))",
                "{{service}}", kind="stack", unit="s", axis="CPU time per article", width=16,
                description="CPU seconds of each service, with annotate's workers, for one event."),
            panel("CPU time for an article, in all",
                f"sum(increase(process_cpu_seconds_total[{RANGE}]) "
                f"+ on (job, instance) increase(copydesk_workers_cpu_seconds_total[{RANGE}])) "
                f"/ sum(increase({ENRICHED}[{RANGE}]))", kind="stat", unit="s",
                description="CPU seconds of all services for one event, within the time shown."),
        )),
    ),
)  # fmt: skip
