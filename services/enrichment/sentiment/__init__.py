"""Sentiment of entities and of the article, averaged from the sentiment of mentions and sentences."""

from services.enrichment.sentiment.rollup import (
    MAIN_SHARE,
    blend,
    combine_passages,
    correct_judgement,
    doubt_polarity,
    roll_up,
    round_probabilities,
    sum_weights,
)

__all__ = [
    "MAIN_SHARE",
    "blend",
    "combine_passages",
    "correct_judgement",
    "doubt_polarity",
    "roll_up",
    "round_probabilities",
    "sum_weights",
]
