"""Where in the dump of a whole page the article lies.

The stretch of lines with the largest sum of scores: paragraphs count for it, menu items against it (maximum
subsequence segmentation, Pasternack and Roth 2009). Only for dumps: what is no page is never cut by its shape.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.enrichment.cleaning.lines.line import Line

FEWEST_SHORT_LINES = 12
"""Short lines from which a text can be a page's dump; a menu has as many, a report seldom."""

FEWEST_LABELLED = 3
"""Lines that say by their words that there is a page around the article."""

FEWEST_LEVELS = 4
"""Depths of indentation that only the nesting of a page makes."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much a line speaks for being the article's, in words of running text.

    Set by hand: climbing to the best values on four fifths of 97 pages gave the last fifth no better than these.
    """

    prose_cap: float = 60.0
    """Most that a paragraph counts: one long disclaimer must not outweigh an article."""
    item: float = 0.3
    """Of a paragraph that is a list's item: teasers of other articles are."""
    elsewhere: float = 0.35
    """Of a paragraph indented otherwise than most of the text."""
    aligned: float = -2.0
    """A short line indented as most of the text is: a subheading, a result, an item of its list."""
    short: float = -5.0
    """Another short line."""
    labelled: float = -8.0
    """A line that a rule took out."""
    commented: float = 3.0
    """Times that a stretch counts behind which the comments begin: a page has no comments on its teasers, and the
    comments may be longer than the article."""
    earlier: float = 0.5
    """Of the largest sum that an earlier stretch needs to be taken instead: an article stands before the comments and
    the other articles on its page."""


WEIGHTS = Weights()

PARAGRAPH_CAP = 60
"""Words that a paragraph counts at most for the depth of the text."""

ENOUGH_BEFORE_COMMENTS = 100.0
"""Score or words of the text before a "Comments" that ends the article; before that it is a link at its head."""


def is_page_dump(lines: Sequence[Line]) -> bool:
    """Whether the text is a whole page, its menus included: many short lines, and words or a nesting that say so."""
    short = sum(1 for line in lines if not line.is_prose)
    prose = len(lines) - short
    if prose == 0 or short < FEWEST_SHORT_LINES or short <= prose:
        return False
    labelled = sum(1 for line in lines if line.label is not None)
    levels = len({line.indent for line in lines})
    return labelled >= FEWEST_LABELLED or levels >= FEWEST_LEVELS


def find_extent(lines: Sequence[Line], weights: Weights = WEIGHTS) -> tuple[int, int]:
    """The first line of the article and the one behind its last."""
    depth = find_depth(lines)
    stretches: list[tuple[float, int, int]] = []
    best = total = 0.0
    start = end = 0
    for index, line in enumerate(lines):
        if total <= 0:
            if best > 0:
                stretches.append((best, start, end))
            best, total, start = 0.0, 0.0, index
        if line.label == "comments" and total >= ENOUGH_BEFORE_COMMENTS:
            best, total = best * weights.commented, 0.0
        else:
            total += _score(line, depth, weights)
        if total > best:
            best, end = total, index + 1
    stretches.append((best, start, end))
    enough = weights.earlier * max(score for score, _, _ in stretches)
    return next((first, end) for score, first, end in stretches if score >= enough)


def find_depth(lines: Sequence[Line]) -> int:
    """The indentation of most of the running text, up to the comments on it."""
    words: Counter[int] = Counter()
    for line in lines:
        if line.label == "comments" and words.total() >= ENOUGH_BEFORE_COMMENTS:
            break
        if line.label is None and line.is_prose and not line.bullet:
            words[line.indent] += min(line.words, PARAGRAPH_CAP)
    return max(words, key=lambda depth: (words[depth], -depth), default=0)


def _score(line: Line, depth: int, weights: Weights) -> float:
    if line.label is not None:
        return weights.labelled
    is_aligned = abs(line.indent - depth) <= 2
    if not line.is_prose:
        return weights.aligned if is_aligned else weights.short
    score = min(float(line.words), weights.prose_cap)
    if line.bullet:
        score *= weights.item
    return score if is_aligned else score * weights.elsewhere
