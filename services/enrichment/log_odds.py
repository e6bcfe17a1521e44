"""Conversion of log-odds to a probability."""

from __future__ import annotations

import math
from typing import Final

MAX_LOG_ODDS: Final = 30.0
"""Maximum log-odds for which a probability is computed; the exponential function overflows at about 709."""


def to_probability(log_odds: float) -> float:
    """Return the probability of log-odds."""
    return 1 / (1 + math.exp(-max(-MAX_LOG_ODDS, min(MAX_LOG_ODDS, log_odds))))
