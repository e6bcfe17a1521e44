"""Colours of the dashboards. A value has one colour on all panels; red, grey and green have a fixed meaning."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

from services.contracts.media_topics import list_top
from services.processor.match.metrics import LANGUAGES, NO_TOPIC, OTHER_LANGUAGE

RED, GREY, GREEN = "#c4383b", "#8f9297", "#3d8c55"
BLUE, ORANGE, VIOLET, TEAL, PALE_BLUE, PALE_VIOLET = "#3572b0", "#cf8327", "#7650a5", "#3f9c9b", "#8fb8de", "#b294cf"

GOOD, WARN, BAD = "green", "orange", "red"
"""Grafana's names of the colours of limits."""

PALETTE = (BLUE, ORANGE, VIOLET, TEAL, PALE_BLUE, PALE_VIOLET, "#a8763e", "#c9a3b4", "#5b7f95", "#d9b36c")
"""Colours of values without a meaning of their own, such as languages: none is red, grey or green."""

BY_SERIES: Mapping[str, str] = {
    # Sentiment.
    "negative": RED,
    "neutral": GREY,
    "positive": GREEN,
    # Verdicts: the originals, and four kinds of copies.
    "original": BLUE,
    "exact": VIOLET,
    "near": PALE_VIOLET,
    "update": ORANGE,
    "excerpt": TEAL,
    # Types of names.
    "PER": BLUE,
    "ORG": ORANGE,
    "LOC": TEAL,
    "MISC": GREY,
    # Topics, and the articles without one.
    **dict(zip((topic.name for topic in list_top()), cycle(PALETTE), strict=False)),
    NO_TOPIC: GREY,
    # How articles come to stories, what happens to stories, and how new names are.
    "opened": BLUE,
    "joined": TEAL,
    "copied": VIOLET,
    "merged": ORANGE,
    "closed": GREY,
    "new": BLUE,
    "new_in_story": PALE_BLUE,
    "known": GREY,
    # Outcomes: what went on, what ended as it should, and what failed.
    "published": BLUE,
    "annotated": BLUE,
    "enriched": BLUE,
    "revised": PALE_BLUE,
    "retracted": GREY,
    "routed": BLUE,
    "archived": BLUE,
    "repeated": GREY,
    "unmatched": GREY,
    "rejected": ORANGE,
    "dead_lettered": RED,
    # Stages and services.
    "ingest": TEAL,
    "annotate": BLUE,
    "match": VIOLET,
    "sink": ORANGE,
    "archive": GREY,
    # Quantiles, the slower the darker.
    "half of the articles": PALE_BLUE,
    "95 of 100": BLUE,
    "99 of 100": VIOLET,
    # Languages.
    **dict(zip(sorted(LANGUAGES), cycle(PALETTE), strict=False)),
    OTHER_LANGUAGE: GREY,
}
"""Colour of each series that has a meaning, by its legend."""
