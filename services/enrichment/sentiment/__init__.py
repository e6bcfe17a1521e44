"""Sentiment of entities and of the article, averaged from the sentiment of mentions and sentences."""

from services.enrichment.sentiment.rollup import blend, correct_polarity_share, roll_up, round_probabilities

__all__ = ["blend", "correct_polarity_share", "roll_up", "round_probabilities"]
