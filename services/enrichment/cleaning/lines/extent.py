"""The extent of the article in the dump of a whole page.

It is the stretch of lines with the largest sum of scores, in which paragraphs have positive scores and menu items
negative ones (maximum subsequence segmentation, Pasternack and Roth 2009). Only dumps are cut by this: the lines of any
other text are never removed for their form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.enrichment.cleaning.lines.line import Line

MIN_SHORT_LINES = 12
"""Minimum number of lines of a page's dump that are no paragraphs. A menu has this many, a report seldom has."""

MIN_LABELLED_LINES = 3
"""Minimum number of lines that a rule removed, from which a text with many short lines is a page's dump."""

MIN_INDENT_LEVELS = 4
"""Minimum number of depths of indentation from which a text with many short lines is a page's dump: nested elements
make them."""


@dataclass(frozen=True, slots=True)
class ExtentWeights:
    """Scores of lines for the extent of the article, in words of running text.

    They were set by hand: values optimised on four fifths of 97 pages were no better on the last fifth.
    """

    prose_cap: float = 60.0
    """Maximum points of a paragraph, so that one long disclaimer does not outweigh an article."""
    item: float = 0.3
    """Factor for a paragraph that is a list's item, as teasers of other articles are."""
    elsewhere: float = 0.35
    """Factor for a paragraph whose indentation differs from most of the text."""
    aligned: float = -2.0
    """Points of a short line that is indented like most of the text: a subheading, a result, an item of a list."""
    short: float = -5.0
    """Points of any other short line."""
    labelled: float = -8.0
    """Points of a line that a rule removed."""
    commented: float = 3.0
    """Factor for a stretch before the comments. A page has no comments on its teasers, and the comments may be longer
    than the article."""
    earlier: float = 0.5
    """Share of the largest sum that an earlier stretch needs to be chosen instead, because an article is before the
    comments and the other articles on its page."""


WEIGHTS = ExtentWeights()

PARAGRAPH_CAP = 60
"""Maximum number of words of a paragraph that count for the indentation of the text."""

MIN_WORDS_BEFORE_COMMENTS = 100.0
"""Minimum score or words before a line "Comments" that ends the article; with fewer it is a link above the article."""

MAX_MISALIGNMENT = 2
"""Maximum number of columns between the indentation of a line and that of the text for the line to count as aligned:
the mark of an item moves a line this far."""


def is_page_dump(lines: Sequence[Line]) -> bool:
    """Return whether a text is the dump of a whole page with its menus.

    A dump has more short lines than paragraphs, and labelled lines or several depths of indentation.
    """
    short = sum(1 for line in lines if not line.is_prose)
    prose = len(lines) - short
    if prose == 0 or short < MIN_SHORT_LINES or short <= prose:
        return False
    labelled = sum(1 for line in lines if line.label is not None)
    levels = len({line.indent for line in lines})
    return labelled >= MIN_LABELLED_LINES or levels >= MIN_INDENT_LEVELS


def find_extent(lines: Sequence[Line], weights: ExtentWeights = WEIGHTS) -> tuple[int, int]:
    """Return the article's half-open range of line numbers."""
    main_indent = find_main_indent(lines)
    stretches: list[tuple[float, int, int]] = []
    best = total = 0.0
    start = end = 0
    for index, line in enumerate(lines):
        if total <= 0:
            if best > 0:
                stretches.append((best, start, end))
            best, total, start = 0.0, 0.0, index
        if line.label == "comments" and total >= MIN_WORDS_BEFORE_COMMENTS:
            best, total = best * weights.commented, 0.0
        else:
            total += _score(line, main_indent, weights)
        if total > best:
            best, end = total, index + 1
    stretches.append((best, start, end))
    enough = weights.earlier * max(score for score, _, _ in stretches)
    return next((first, end) for score, first, end in stretches if score >= enough)


def find_main_indent(lines: Sequence[Line]) -> int:
    """Return the indentation of most of the running text before the comments; of equals, the smallest."""
    words: Counter[int] = Counter()
    for line in lines:
        if line.label == "comments" and words.total() >= MIN_WORDS_BEFORE_COMMENTS:
            break
        if line.label is None and line.is_prose and not line.is_item:
            words[line.indent] += min(line.words, PARAGRAPH_CAP)
    return max(words, key=lambda indent: (words[indent], -indent), default=0)


def _score(line: Line, main_indent: int, weights: ExtentWeights) -> float:
    if line.label is not None:
        return weights.labelled
    is_aligned = abs(line.indent - main_indent) <= MAX_MISALIGNMENT
    if not line.is_prose:
        return weights.aligned if is_aligned else weights.short
    score = min(float(line.words), weights.prose_cap)
    if line.is_item:
        score *= weights.item
    return score if is_aligned else score * weights.elsewhere
