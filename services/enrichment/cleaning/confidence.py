"""The probability that a body is the article, whole and nothing else: an F1 of 0.9 or more against an editor's body.

The weights are logistic regressions on labelled pages and on their text, with few features that a person can check.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from services.enrichment.cleaning.lines.line import Line

CLEAN_TEXT: Final = 0.95
"""Confidence in a text that is no dump of a page: its lines are the article, except for those that a rule removed."""

TEXT_WEIGHTS: Final = (2.8, -6.4)
"""Log-odds of a dump's body, and what the share of its doubtful characters adds to them."""


def estimate_text(lines: Sequence[Line], is_selected: Sequence[bool], probabilities: Sequence[float]) -> float:
    """Return the confidence in the lines that were selected from a page's dump.

    A character is doubtful by the probability that its line was put on the wrong side. What counts is the number of
    doubtful characters per character of the body.
    """
    length = sum(len(line.text) for line, is_own in zip(lines, is_selected, strict=True) if is_own)
    doubtful = sum(
        len(line.text) * (1 - probability if is_own else probability)
        for line, is_own, probability in zip(lines, is_selected, probabilities, strict=True)
    )
    return squash(TEXT_WEIGHTS[0] + TEXT_WEIGHTS[1] * doubtful / length) if length else 0.0


def squash(log_odds: float) -> float:
    """Return the probability of log-odds."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))
