"""Where in the dump of a whole page the article lies.

The stretch of lines with the largest sum of scores: paragraphs count for it, menu items against it (maximum
subsequence segmentation, Pasternack and Roth 2009). Only for dumps: what is no page is never cut by its shape.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.enrichment.cleaning.lines import Line

FEWEST_SHORT_LINES = 12
"""Short lines from which a text can be a page's dump; a menu has as many, a report seldom."""

FEWEST_LABELLED = 3
"""Lines that say by their words that there is a page around the article."""

PROSE_CAP = 60
"""Words that a paragraph counts at most: one long disclaimer must not outweigh an article."""

SHORT_LINE = -4.0
LABELLED_LINE = -6.0


def is_page_dump(lines: Sequence[Line]) -> bool:
    """Whether the text is a whole page, its menus included: many short lines, some of which say so."""
    short = sum(1 for line in lines if not line.is_prose)
    labelled = sum(1 for line in lines if line.label is not None)
    prose = len(lines) - short
    return prose > 0 and short >= FEWEST_SHORT_LINES and labelled >= FEWEST_LABELLED and short > prose


def find_extent(lines: Sequence[Line]) -> tuple[int, int]:
    """The first line of the article and the one behind its last."""
    best = total = 0.0
    first = start = end = 0
    for index, line in enumerate(lines):
        if total <= 0:
            total, start = 0.0, index
        total += score(line)
        if total > best:
            best, first, end = total, start, index + 1
    return first, end


def score(line: Line) -> float:
    """How much a line speaks for being the article's."""
    if line.label is not None:
        return LABELLED_LINE
    if line.is_prose:
        return float(min(line.words, PROSE_CAP))
    return SHORT_LINE
