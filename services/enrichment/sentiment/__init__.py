"""Sentiment of mentions and sentences, rolled up to entities and to the article."""

from services.enrichment.sentiment.rollup import blend, roll_up, round_probabilities, tilt

__all__ = ["blend", "roll_up", "round_probabilities", "tilt"]
