"""The probability that the body of a page is the article, whole and nothing else, from the text around the body."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Final

from services.contracts.event import Access, KeptSpan
from services.enrichment.cleaning.html.tree.regions import Span, find_paragraphs, measure_text
from services.enrichment.log_odds import to_probability

REACH: Final = 3_000
"""Characters of markup around the body in which paragraphs that are not in it may belong to the article."""

MAX_GAP: Final = 20_000
"""Maximum number of characters of markup between two parts of a body that are read."""

MAX_PARAGRAPHS: Final = 3_000

SHORT_CHARACTERS: Final = 1_500
"""Number of characters from which an article is not short; short ones are missed more often."""

MAX_GAPS: Final = 2.0
"""Maximum of the left-out text per character of the body; more of it does not lower the confidence further."""

OFFSET: Final = 2.1
SHORT: Final = -0.3
NEAR: Final = -0.9
GAPS: Final = -0.9
OUTSIDE: Final = -0.7
"""Log-odds of a page with none of these features, and the number that each of them adds."""

PARTIAL: Final = 0.2
"""Factor for a stub before a paywall, which is not the whole article."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Measures of the text that a body may lack, and of the text in it that may not be the article's."""

    near: float
    """The share of the text in paragraphs around the body that the body does not have."""
    gaps: float
    """The text between the parts of the body that was left out, per character of the body."""
    outside: float
    """The share of the body that is in no paragraph of prose."""


def estimate_page(html: str, body: str, kept: Sequence[KeptSpan], access: Access) -> float:
    """Return the confidence in the body of a page; `kept` are the spans of the body in the page."""
    if not body:
        return 0.0
    spans = [(span.raw_start, span.raw_end) for span in kept]
    around = _measure_surroundings(html, body, spans)
    short = max(0.0, math.log(SHORT_CHARACTERS / len(body)))
    odds = OFFSET + SHORT * short + NEAR * around.near + GAPS * around.gaps + OUTSIDE * around.outside
    return to_probability(odds) * (PARTIAL if access == "partial" else 1.0)


def _measure_surroundings(html: str, body: str, spans: Sequence[Span]) -> Surroundings:
    """Measure the surroundings of a body, whose spans are in the order of the page."""
    if not spans:
        return Surroundings(0.0, 0.0, 1.0)
    start, end = spans[0][0] - REACH, max(last for _, last in spans) + REACH
    inside = near = position = 0
    for first, last, length in islice(find_paragraphs(html, max(0, start), end), MAX_PARAGRAPHS):
        while position < len(spans) and spans[position][1] <= first:
            position += 1
        if position < len(spans) and spans[position][0] < last:
            inside += length
        else:
            near += length
    gaps = sum(measure_text(html[a:b]) for (_, a), (b, _) in pairwise(spans) if 0 < b - a < MAX_GAP)
    return Surroundings(
        near / max(1, near + inside),
        min(MAX_GAPS, gaps / len(body)),
        min(1.0, max(0.0, 1 - inside / len(body))),
    )
