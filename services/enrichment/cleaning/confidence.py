"""The probability that a body is the article, whole and nothing else: an F1 of 0.9 or more against an editor's body.

The weights come from logistic regression on labelled pages and on their text, with few features that a person can
check.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.enrichment.cleaning.lines.line import Line
from services.enrichment.log_odds import to_probability

CLEAN_TEXT: Final = 0.95
"""Confidence in a text that is no dump of a page: every line that no rule removed is the article."""

TEXT_WEIGHTS: Final = (2.8, -6.4)
"""Log-odds of a dump's body, and their change for each doubtful character per character of the body."""


def estimate_text(lines: Sequence[Line], is_selected: Sequence[bool], probabilities: Sequence[float]) -> float:
    """Return the confidence in the lines that were selected from a page's dump.

    The confidence depends on the number of doubtful characters per character of the body. Each character of a line
    counts with the probability that the line was selected, or left out, wrongly.
    """
    length = sum(len(line.text) for line, is_own in zip(lines, is_selected, strict=True) if is_own)
    doubtful = sum(
        len(line.text) * (1 - probability if is_own else probability)
        for line, is_own, probability in zip(lines, is_selected, probabilities, strict=True)
    )
    return to_probability(TEXT_WEIGHTS[0] + TEXT_WEIGHTS[1] * doubtful / length) if length else 0.0
