"""Sentiment of entities and of the article, averaged from the sentiment of mentions and sentences."""

from services.enrichment.sentiment.rollup import blend, roll_up, round_probabilities, tilt

__all__ = ["blend", "roll_up", "round_probabilities", "tilt"]
